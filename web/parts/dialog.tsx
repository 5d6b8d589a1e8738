import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

export interface DialogProps {
  readonly title: string;
  /** The word on the button that does it. */
  readonly action: string;
  /** It ends something: the button says so by its colour too. */
  readonly isSevere?: boolean;
  readonly canAct?: boolean;
  readonly onAct: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Asks before something is done. Escape and Cancel leave it; the browser keeps the focus inside. */
export function Dialog({
  title,
  action,
  isSevere = false,
  canAct = true,
  onAct,
  onClose,
  children,
}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!canAct) return;
          onAct();
          dialog.current?.close();
        }}
      >
        <h2 id={titleId}>{title}</h2>
        <div class="dialog-body">{children}</div>
        <footer>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class={isSevere ? "severe" : "primary"} disabled={!canAct}>
            {action}
          </button>
        </footer>
      </form>
    </dialog>
  );
}
