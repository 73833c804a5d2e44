// state.tsx - a state as shape, colour and word: never by colour alone.
import type { State } from "./types";

export const STATE_NAMES: Record<State, string> = {
	up: "Up",
	degraded: "Degraded",
	down: "Down",
	unknown: "Unknown",
	pending: "Pending",
};

/** Circle, triangle, square with a cross, ring with a bar, dotted ring: told apart in grey, too. */
const SHAPES: Record<State, preact.JSX.Element> = {
	up: <circle cx="8" cy="8" r="5" class="fill" />,
	degraded: <path d="M8 2.2 14.4 13.4H1.600Z" class="fill round" />,
	down: (
		<>
			<rect x="2.5" y="2.5" width="11" height="11" rx="2.5" class="fill" />
			<path d="m5.8 5.8 4.4 4.400m0-4.4-4.4 4.4" class="cut" />
		</>
	),
	unknown: (
		<>
			<circle cx="8" cy="8" r="5" class="stroke" />
			<path d="M5.5 8h5" class="stroke" />
		</>
	),
	pending: <circle cx="8" cy="8" r="5" class="stroke dotted" />,
};

export function StateIcon({ state }: { state: State }) {
	return (
		<svg class={`state-icon is-${state}`} viewBox="0 0 16 16" aria-hidden="true">
			{SHAPES[state]}
		</svg>
	);
}

export function StateLabel({ state }: { state: State }) {
	return (
		<span class={`state is-${state}`}>
			<StateIcon state={state} />
			<span class="state-name">{STATE_NAMES[state]}</span>
		</span>
	);
}
