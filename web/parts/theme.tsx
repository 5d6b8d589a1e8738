import { computed, signal } from "@preact/signals";

type Theme = "auto" | "light" | "dark";

const themes: readonly Theme[] = ["auto", "light", "dark"];

/** The chosen theme. `auto` is what the system says. */
const theme = signal<Theme>(themes.find((name) => name === localStorage.getItem("theme")) ?? "auto");

const isSystemDark = matchMedia("(prefers-color-scheme: dark)");
const systemLook = signal(isSystemDark.matches);

isSystemDark.addEventListener("change", () => {
  systemLook.value = isSystemDark.matches;
});

/** What that comes to. */
export const look = computed(() => {
  if (theme.value !== "auto") return theme.value;
  return systemLook.value ? "dark" : "light";
});

/** Goes through the themes, one a click. */
export function ThemeSwitch() {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "auto";
  return (
    <button
      type="button"
      class="ghost theme"
      onClick={() => choose(next)}
      aria-label={`Theme: ${theme.value}. Change to ${next}`}
      title={`Theme: ${theme.value}`}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5" />
        {theme.value === "auto" && <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />}
        {theme.value === "dark" && <circle cx="8" cy="8" r="5.5" fill="currentColor" />}
      </svg>
      <span class="theme-word">{theme.value}</span>
    </button>
  );
}

function choose(next: Theme): void {
  theme.value = next;
  const root = document.documentElement;
  if (next === "auto") {
    localStorage.removeItem("theme");
    root.removeAttribute("data-theme");
  } else {
    localStorage.setItem("theme", next);
    root.setAttribute("data-theme", next);
  }
}
