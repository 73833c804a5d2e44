// app.tsx - what stands where.
import { Counters, Warnings } from "./counters";
import { Dialogs } from "./modal";
import { Feed } from "./feed";
import { Filters } from "./filters";
import { Header } from "./header";
import { List } from "./list";
import { Offers } from "./offers";
import { note } from "./dialogs";
import { checkId } from "./route";
import { Detail } from "./detail";

function Note() {
	const value = note.value;
	return (
		<div class="note-place" role="status" aria-live="polite">
			{value && <p class={`note${value.bad ? " is-bad" : ""}`}>{value.text}</p>}
		</div>
	);
}

export function App() {
	const id = checkId.value;
	return (
		<>
			<Header />
			<Counters />
			<Warnings />
			{id ? (
				<main class="main">
					<Detail key={id} id={id} />
				</main>
			) : (
				<main class="main">
					<Offers />
					<Filters />
					<List />
				</main>
			)}
			<Feed />
			<Note />
			<Dialogs />
		</>
	);
}
