// feed.tsx - the last changes of state: a slim panel, on a small screen one line that opens.
import { signal } from "@preact/signals";
import { changes } from "./changes";
import { moment, nsToMs } from "./format";
import { openCheck } from "./route";
import { second } from "./screen";
import { StateIcon, STATE_NAMES } from "./state";
import type { StateEvent } from "./types";

const open = signal(false);

function Change({ event }: { event: StateEvent }) {
	const at = nsToMs(event.at_ns);
	const why = event.class === "ok" ? "" : `, ${event.class.replace("_", " ")}`;
	return (
		<li>
			<button class="change" onClick={() => openCheck(event.id)}>
				<StateIcon state={event.state} />
				<bdi class="change-name">{event.name}</bdi>
				<time dateTime={new Date(at).toISOString()}>{moment(at, second.value)}</time>
				<span class="change-what">
					{STATE_NAMES[event.state]}
					<span class="muted">
						{" "}
						after {STATE_NAMES[event.old].toLowerCase()}
						{why}
					</span>
				</span>
			</button>
		</li>
	);
}

export function Feed() {
	const list = changes.value;
	return (
		<aside class={`feed${open.value ? " is-open" : ""}`} aria-label="Changes of state">
			<h2>
				<button aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
					Changes
				</button>
			</h2>
			{list.length === 0 ? (
				<p class="muted">None since this page was opened.</p>
			) : (
				<ol aria-live="polite" aria-relevant="additions">
					{list.map((event) => (
						<Change key={event.sequence} event={event} />
					))}
				</ol>
			)}
		</aside>
	);
}
