// listhead.tsx - the columns' names, which sort; on a phone a menu does.
import { refine, route, type SortKey } from "./route";
import { narrow } from "./screen";

interface Column {
	key: SortKey | "";
	name: string;
	title: string;
	css: string;
}

const COLUMNS: Column[] = [
	{ key: "state", name: "State", title: "Sort by state, worst first", css: "c-state" },
	{ key: "name", name: "Name", title: "Sort by name", css: "c-name" },
	{ key: "target", name: "Target", title: "Sort by target", css: "c-target" },
	{ key: "", name: "Last 32 attempts", title: "", css: "c-live" },
	{ key: "rtt", name: "RTT", title: "Sort by round-trip time of the last answer", css: "c-rtt" },
	{ key: "deviation", name: "± Dev", title: "Sort by mean deviation", css: "c-deviation" },
	{ key: "loss", name: "Loss", title: "Sort by loss over the last 32 attempts", css: "c-loss" },
	{ key: "stamp", name: "Stamp", title: "Sort by the clock the time comes from", css: "c-stamp" },
];

/** Once more on the same column turns it round; numbers begin with the largest. */
function sortBy(key: SortKey): void {
	const { sort, descending } = route.peek();
	const numbers = key === "rtt" || key === "deviation" || key === "loss";
	refine({ sort: key, descending: sort === key ? !descending : numbers });
}

function Head({ column }: { column: Column }) {
	const { sort, descending } = route.value;
	const { key, name, title, css } = column;
	const sorted = key !== "" && sort === key;
	const order = sorted ? (descending ? "descending" : "ascending") : "none";
	return (
		<span class={`cell ${css}`} role="columnheader" aria-sort={key ? order : undefined}>
			{key ? (
				<button class="sort" title={title} onClick={() => sortBy(key)}>
					{name}
					<span class="arrow" aria-hidden="true">
						{sorted ? (descending ? "↓" : "↑") : ""}
					</span>
				</button>
			) : (
				name
			)}
		</span>
	);
}

function SortMenu() {
	const { sort, descending } = route.value;
	return (
		<div class="sort-menu">
			<label>
				Sorted by{" "}
				<select
					value={sort}
					onChange={(event) => refine({ sort: event.currentTarget.value as SortKey })}
				>
					{COLUMNS.filter(({ key }) => key).map(({ key, name }) => (
						<option key={key} value={key}>
							{name}
						</option>
					))}
				</select>
			</label>
			<button
				class="link"
				aria-label={descending ? "Descending; turn round" : "Ascending; turn round"}
				onClick={() => refine({ descending: !descending })}
			>
				{descending ? "↓" : "↑"}
			</button>
		</div>
	);
}

export function ListHead() {
	if (narrow.value) return <SortMenu />;
	return (
		<div class="list-head" role="row">
			{COLUMNS.map((column) => (
				<Head key={column.name} column={column} />
			))}
		</div>
	);
}
