// screen.ts - what of the window matters to the layout, and one clock for everything that ages.
import { signal } from "@preact/signals";

const phone = matchMedia("(max-width: 720px)");

/** A phone's width: rows of two lines, the window scrolls as a whole. */
export const narrow = signal(phone.matches);
phone.addEventListener("change", () => (narrow.value = phone.matches));

/** Height of one line of the list, px; the style sheet takes it from here. */
export function rowHeight(): number {
	return narrow.value ? 64 : 40;
}

/** Local time in ms, moving once a second while the page is seen. */
export const second = signal(Date.now());
setInterval(() => {
	if (!document.hidden) second.value = Date.now();
}, 1_000);
