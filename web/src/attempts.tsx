// attempts.tsx - the last attempts as a table: the chart for who cannot see it, and the exact
// figures for who can.
import { clock, durationText, nsToMs } from "./format";
import { isLocal, type ResultClass, type SampleRow } from "./types";

const SHOWN = 50;

export function className(cls: ResultClass): string {
	return cls.replace("_", " ");
}

/** Answered, failed, late or our own fault: what colour a class has. */
export function classTone(cls: ResultClass): string {
	if (cls === "ok") return "ok";
	if (cls === "late" || cls === "invalid") return "late";
	return isLocal(cls) ? "local" : "lost";
}

export function Attempts({ rows }: { rows: SampleRow[] }) {
	const shown = rows.slice(-SHOWN).reverse();
	if (shown.length === 0) return null;
	return (
		<section class="panel attempts" aria-label="Last attempts">
			<h3>Last {shown.length} attempts</h3>
			<div class="table-scroll" tabIndex={0}>
				<table>
					<thead>
						<tr>
							<th scope="col">Sent</th>
							<th scope="col">Result</th>
							<th scope="col" class="number">
								RTT
							</th>
							<th scope="col" class="number">
								Submit delay
							</th>
							<th scope="col" class="number">
								TTL
							</th>
							<th scope="col">Stamp</th>
							<th scope="col" class="number">
								Attempt
							</th>
						</tr>
					</thead>
					<tbody>
						{shown.map(([sent, attempt, cls, rtt, stamp, ttl, submit]) => (
							<tr key={`${sent}.${attempt}`}>
								<td>{clock(nsToMs(sent), true)}</td>
								<td>
									<span class={`result tone-${classTone(cls)}`}>{className(cls)}</span>
								</td>
								<td class="number">{durationText(rtt)}</td>
								<td class="number">{isLocal(cls) ? "–" : durationText(submit)}</td>
								<td class="number">{ttl || "–"}</td>
								<td>{stamp === "none" ? "–" : stamp}</td>
								<td class="number">{attempt}</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
		</section>
	);
}
