// dialogs.ts - which dialog is open, and the short notes at the edge of the page.
import { signal } from "@preact/signals";
import type { Check } from "./types";

type Dialog =
	| { kind: "none" }
	| { kind: "add" }
	| { kind: "delete"; check: Check }
	| { kind: "token"; why: string }
	| { kind: "help" };

export const dialog = signal<Dialog>({ kind: "none" });

export function openDialog(next: Dialog): void {
	dialog.value = next;
}

export function closeDialog(): void {
	dialog.value = { kind: "none" };
}

export interface Note {
	text: string;
	bad: boolean;
}

export const note = signal<Note | null>(null);

let timer = 0;

/** Say something for a few seconds; read out by screen readers. */
export function say(text: string, bad = false): void {
	clearTimeout(timer);
	note.value = { text, bad };
	timer = window.setTimeout(() => (note.value = null), bad ? 8_000 : 4_000);
}
