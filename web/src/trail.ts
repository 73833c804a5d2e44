// trail.ts - the last attempts of one check as this page saw them pass, for the live line.
//
// The server's `recent` says which of the last 32 attempts were answered, the stream says how
// long the newest took; a trail keeps those times until the attempt leaves the window.
import type { Row } from "./types";

export const TRAIL_SLOTS = 32;

export class Trail {
	private readonly rtts = new Float64Array(TRAIL_SLOTS);
	/** Number of attempts when the newest slot was written; 0: nothing yet. */
	private attempts = 0;

	/** Take what @row says of its newest attempt. */
	push(row: Row): void {
		if (row.attempts === 0) return;
		const step = row.attempts - this.attempts;
		// a restart counts from zero again; a long absence leaves nothing in the window
		if (step < 0 || step >= TRAIL_SLOTS) this.rtts.fill(0);
		else for (let i = 1; i <= step; i++) this.rtts[(this.attempts + i) % TRAIL_SLOTS] = 0;
		this.attempts = row.attempts;
		if (row.class === "ok" && row.rtt_ns !== null) {
			this.rtts[row.attempts % TRAIL_SLOTS] = row.rtt_ns;
		}
	}

	/** RTT in ns of the attempt @age attempts before the newest; 0 unknown. */
	at(age: number): number {
		if (age >= TRAIL_SLOTS || age >= this.attempts) return 0;
		return this.rtts[(this.attempts - age) % TRAIL_SLOTS] ?? 0;
	}
}
