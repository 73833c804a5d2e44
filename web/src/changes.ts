// changes.ts - the last changes of state, newest first.
import { signal } from "@preact/signals";
import type { StateEvent } from "./types";

const KEPT = 100;

export const changes = signal<StateEvent[]>([]);

/** Resuming a stream may repeat what was seen. */
export function noteChange(event: StateEvent): void {
	const list = changes.peek();
	const newest = list[0];
	if (newest && event.sequence <= newest.sequence) return;
	changes.value = [event, ...list].slice(0, KEPT);
}
