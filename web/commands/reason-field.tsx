interface Props {
  readonly typed: { value: string };
  readonly placeholder: string;
}

/** Why a command is given, in one's own words. It may be left empty. */
export function ReasonField({ typed, placeholder }: Props) {
  return (
    <label class="field">
      <span>Reason</span>
      <input
        type="text"
        maxLength={1024}
        placeholder={placeholder}
        value={typed.value}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value;
        }}
      />
    </label>
  );
}
