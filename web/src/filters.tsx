// filters.tsx - the states as a bar and as buttons that show only their checks.
import { countStates, entries, revision } from "./checks";
import { count } from "./format";
import { listed } from "./order";
import { refine, route, STATES } from "./route";
import { StateIcon, STATE_NAMES } from "./state";
import { summary } from "./stream";
import type { State } from "./types";

/** Shares of all checks; the smallest that is not nothing is still seen. */
function StateBar({ states }: { states: Record<State, number> }) {
	return (
		<div class="state-bar" aria-hidden="true">
			{STATES.filter((state) => states[state] > 0).map((state) => (
				<span key={state} class={`is-${state}`} style={{ flexGrow: String(states[state]) }} />
			))}
		</div>
	);
}

interface ChipProps {
	state: State | "";
	name: string;
	n: number;
}

function Chip({ state, name, n }: ChipProps) {
	const on = route.value.state === state;
	return (
		<button
			class={`chip${on ? " is-on" : ""}${n === 0 ? " is-none" : ""}`}
			aria-pressed={on}
			data-state={state || "all"}
			onClick={() => refine({ state: on ? "" : state })}
		>
			{state && <StateIcon state={state} />}
			{name} <b>{count(n)}</b>
		</button>
	);
}

export function Filters() {
	void revision.value;
	const states = summary.value?.states ?? countStates();
	const { query, state } = route.value;
	const all = STATES.reduce((sum, name) => sum + (states[name] ?? 0), 0);
	return (
		<div class="filters">
			<StateBar states={states} />
			<div class="chips" role="group" aria-label="Show only">
				<Chip state="" name="All" n={all} />
				{STATES.map((name) => (
					<Chip key={name} state={name} name={STATE_NAMES[name]} n={states[name] ?? 0} />
				))}
				<span class="found" role="status">
					{(query || state) && `${count(listed.value.length)} of ${count(entries.size)}`}
				</span>
			</div>
		</div>
	);
}
