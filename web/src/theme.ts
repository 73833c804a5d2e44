// theme.ts - dark or light: as the system says until somebody chooses otherwise.
import { computed, effect, signal } from "@preact/signals";

type Choice = "" | "dark" | "light";

const KEY = "sonde.theme";
const system = matchMedia("(prefers-color-scheme: light)");
const systemLight = signal(system.matches);
const saved = localStorage.getItem(KEY);
const choice = signal<Choice>(saved === "dark" || saved === "light" ? saved : "");

export const theme = computed<"dark" | "light">(
	() => choice.value || (systemLight.value ? "light" : "dark"),
);

export function toggleTheme(): void {
	choice.value = theme.peek() === "dark" ? "light" : "dark";
	localStorage.setItem(KEY, choice.value);
}

export function startTheme(): void {
	system.addEventListener("change", () => (systemLight.value = system.matches));
	effect(() => {
		document.documentElement.dataset.theme = theme.value;
	});
}

/** A colour of the style sheet, for what is drawn on a canvas. */
export function colour(name: string): string {
	return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
