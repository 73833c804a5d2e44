// row.tsx - one line of the list.
import type { Entry } from "./checks";
import { duration, percent } from "./format";
import { openCheck } from "./route";
import { Spark } from "./spark";
import { StateLabel } from "./state";

export function Quantity({ ns }: { ns: number | null | undefined }) {
	const { value, unit } = duration(ns);
	return (
		<>
			<span class="value">{value}</span>
			<span class="unit">{unit}</span>
		</>
	);
}

/** How bad a loss looks; a single lost packet of 32 is already worth a colour. */
function lossLevel(ratio: number | null | undefined): string {
	if (!ratio) return "none";
	return ratio < 0.1 ? "some" : "much";
}

interface Props {
	entry: Entry;
	index: number;
	top: number;
	height: number;
	selected: boolean;
}

export function CheckRow({ entry, index, top, height, selected }: Props) {
	const { check } = entry;
	const row = entry.row.value;
	const state = row?.state ?? "pending";
	return (
		<div
			class={`row is-${state}${selected ? " is-selected" : ""}`}
			role="row"
			id={`row-${check.id}`}
			data-id={check.id}
			aria-rowindex={index + 2}
			aria-selected={selected}
			style={{ transform: `translateY(${top}px)`, height: `${height}px` }}
			onClick={(event) => {
				// the link's own: a new tab or window
				if (event.ctrlKey || event.metaKey || event.shiftKey) return;
				event.preventDefault();
				openCheck(check.id);
			}}
		>
			<span class="cell c-state" role="gridcell">
				<StateLabel state={state} />
			</span>
			<span class="cell c-name" role="gridcell">
				<a href={`#/check/${check.id}`} tabIndex={-1}>
					<bdi>{check.name}</bdi>
				</a>
			</span>
			<span class="cell c-target" role="gridcell">
				<bdi>{check.target}</bdi>
			</span>
			<span class="cell c-live" role="gridcell">
				<Spark trail={entry.trail} recent={row?.recent ?? ""} />
			</span>
			<span class={`cell c-rtt${row?.class === "ok" ? "" : " is-old"}`} role="gridcell">
				<Quantity ns={row?.rtt_ns || null} />
			</span>
			<span class="cell c-deviation" role="gridcell">
				<Quantity ns={row?.rtt_mean_ns ? row.rtt_deviation_ns : null} />
			</span>
			<span class={`cell c-loss loss-${lossLevel(row?.loss_recent)}`} role="gridcell">
				{percent(row?.loss_recent)}
			</span>
			<span class="cell c-stamp" role="gridcell">
				{row && row.stamp !== "none" && <span class="stamp">{row.stamp}</span>}
			</span>
		</div>
	);
}
