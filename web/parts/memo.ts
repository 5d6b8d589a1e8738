import { Component, type ComponentType, createElement, type FunctionComponent } from "preact";

/** Draws again only where a prop is another value, or a signal that it read has changed. */
export function memo<Props extends object>(draw: FunctionComponent<Props>): ComponentType<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      return Object.keys(next).some(
        (name) => next[name as keyof Props] !== (this.props as Props)[name as keyof Props],
      );
    }

    override render() {
      return createElement(draw, this.props as Props);
    }
  };
}
