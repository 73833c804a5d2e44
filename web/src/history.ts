// history.ts - the attempts of one check in the range looked at: fetched once, then kept up to
// date by fetching the tail again, because a lost attempt may still turn into a late one.
import { batch, signal } from "@preact/signals";
import { api } from "./api";
import { msToNs, nsToMs } from "./format";
import { serverNow } from "./stream";
import type { Check, SampleRow } from "./types";

/** The server answers at most so many at once. */
const MOST = 100_000;
const TAIL_MS = 1_000;
/** The tail of a long range moves less than a pixel a second. */
const SLOW_TAIL_MS = 5_000;
const SLOW_FROM_MS = 3_600_000;

export class History {
	readonly rows = signal<SampleRow[]>([]);
	readonly loading = signal(true);
	readonly error = signal("");
	/** The range held more than can be fetched; only its newest part is here. */
	readonly cut = signal(false);
	private readonly aborter = new AbortController();
	private timer = 0;

	/** @spanMs: how far back; the end is always now. */
	constructor(
		private readonly check: Check,
		private readonly spanMs: number,
	) {
		void this.turn(true);
	}

	close(): void {
		this.aborter.abort();
		clearTimeout(this.timer);
	}

	private async turn(first: boolean): Promise<void> {
		if (first || !document.hidden) await this.fetch();
		if (this.aborter.signal.aborted) return;
		const wait = this.spanMs > SLOW_FROM_MS ? SLOW_TAIL_MS : TAIL_MS;
		this.timer = window.setTimeout(() => void this.turn(false), wait);
	}

	/** Where the next fetch begins: all that may still change is fetched again. */
	private start(now: number): number {
		const newest = this.rows.peek().at(-1);
		const oldest = now - this.spanMs;
		if (!newest) return Math.max(oldest, now - (MOST * this.check.interval_ns) / 1e6);
		const open = (this.check.timeout_ns + this.check.late_ns) / 1e6 + 2_000;
		return Math.max(oldest, nsToMs(newest[0]) - open);
	}

	private async fetch(): Promise<void> {
		const now = serverNow();
		const from = this.start(now);
		try {
			const { id } = this.check;
			const fromNs = msToNs(from);
			const answer = await api.samples(
				id,
				fromNs,
				msToNs(now + 60_000),
				MOST,
				this.aborter.signal,
			);
			const oldest = msToNs(now - this.spanMs);
			const kept = this.rows.peek().filter(([at]) => older(at, fromNs) && !older(at, oldest));
			batch(() => {
				this.rows.value = [...kept, ...answer.rows];
				if (this.loading.peek()) this.cut.value = from > now - this.spanMs;
				if (answer.truncated) this.cut.value = true;
				this.loading.value = false;
				this.error.value = "";
			});
		} catch (error) {
			if (this.aborter.signal.aborted) return;
			this.error.value = error instanceof Error ? error.message : String(error);
		}
	}
}

/** Decimal strings of the same kind: the shorter is the smaller. */
function older(a: string, b: string): boolean {
	return a.length === b.length ? a < b : a.length < b.length;
}
