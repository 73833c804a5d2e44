// add.tsx - a new check: the form is built from the kinds' descriptors, what is wrong with it is
// said by the server and shown beside the field it points at.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ApiError } from "./api";
import { addCheck, askedForToken, messageOf, suggestions } from "./commands";
import { closeDialog, say } from "./dialogs";
import { ParamField, paramValue, TextField } from "./field";
import { Modal } from "./modal";
import { Offer } from "./offers";
import { openCheck } from "./route";
import type { Kind, Param } from "./types";

type Values = Record<string, string>;

interface Basic {
	name: string;
	label: string;
	help: string;
	placeholder?: string;
}

const BASICS: Basic[] = [
	{ name: "target", label: "Target", help: "Address or name", placeholder: "192.0.2.1" },
	{ name: "name", label: "Name", help: "For people; the target when empty" },
	{ name: "interval", label: "Interval", help: "From 10ms to 24h", placeholder: "1s" },
	{ name: "timeout", label: "Timeout", help: "No answer for so long is loss", placeholder: "1s" },
];

/** Descriptors come once; they cannot change while the server runs. */
let known: Kind[] | null = null;

/** Only what was filled in: the rest is the server's default. */
function bodyOf(values: Values, kind: Kind | undefined): object {
	const body: Record<string, unknown> = {};
	for (const { name } of BASICS) {
		const text = (values[name] ?? "").trim();
		if (text) body[name] = text;
	}
	if (!kind) return body;
	body.kind = kind.name;
	const params: Record<string, unknown> = {};
	for (const param of kind.params) {
		const text = values[`params-${param.name}`] ?? "";
		if (text !== "") params[param.name] = paramValue(param, text);
	}
	if (Object.keys(params).length > 0) body.params = params;
	return body;
}

/** "/params/size" is the field "params-size". */
function fieldOf(pointer: string): string {
	return pointer.replace(/^\//, "").replaceAll("/", "-");
}

function KindChoice({ kinds, value, onInput }: { kinds: Kind[]; value: string; onInput: (v: string) => void }) {
	if (kinds.length < 2) return null;
	return (
		<label class="field">
			<span class="field-name">Kind</span>
			<select value={value} onChange={(event) => onInput(event.currentTarget.value)}>
				{kinds.map(({ name }) => (
					<option key={name}>{name}</option>
				))}
			</select>
			<span class="field-help">{kinds.find(({ name }) => name === value)?.help}</span>
		</label>
	);
}

function Params({ params, render }: { params: Param[]; render: (param: Param) => preact.JSX.Element }) {
	if (params.length === 0) return null;
	return (
		<details class="more">
			<summary>Packet and path</summary>
			<div class="fields">{params.map(render)}</div>
		</details>
	);
}

export function AddDialog() {
	const kinds = useSignal<Kind[]>(known ?? []);
	const kindName = useSignal(known?.[0]?.name ?? "");
	const values = useSignal<Values>({});
	const errors = useSignal<Record<string, string>>({});
	const general = useSignal("");
	const busy = useSignal(false);

	useEffect(() => {
		if (known) return;
		api.kinds().then(
			(list) => {
				known = kinds.value = list;
				kindName.value = list[0]?.name ?? "";
			},
			(error: unknown) => (general.value = messageOf(error)),
		);
	}, []);

	const kind = kinds.value.find(({ name }) => name === kindName.value);
	const fieldNames = new Set([
		...BASICS.map(({ name }) => name),
		...(kind?.params ?? []).map(({ name }) => `params-${name}`),
	]);
	const set = (name: string) => (value: string) => {
		values.value = { ...values.peek(), [name]: value };
		errors.value = { ...errors.peek(), [name]: "" };
	};
	const refuse = (error: unknown) => {
		if (askedForToken(error)) return;
		const fields = error instanceof ApiError ? error.fields : [];
		const beside: Record<string, string> = {};
		const rest: string[] = [];
		for (const { pointer, detail } of fields) {
			const name = fieldOf(pointer);
			if (fieldNames.has(name)) beside[name] = detail;
			else rest.push(pointer ? `${pointer}: ${detail}` : detail);
		}
		errors.value = beside;
		general.value = fields.length === 0 ? messageOf(error) : rest.join("; ");
	};
	const submit = async () => {
		busy.value = true;
		general.value = "";
		errors.value = {};
		try {
			const check = await addCheck(bodyOf(values.peek(), kind));
			closeDialog();
			say(`Measuring ${check.name}`);
			openCheck(check.id);
		} catch (error) {
			refuse(error);
		}
		busy.value = false;
	};

	return (
		<Modal title="Add a check" onSubmit={() => void submit()}>
			{suggestions.value.length > 0 && (
				<div class="offers" role="group" aria-label="Found on this host">
					{suggestions.value.map((suggestion) => (
						<Offer key={suggestion.target} suggestion={suggestion} />
					))}
				</div>
			)}
			<div class="fields">
				<KindChoice
					kinds={kinds.value}
					value={kindName.value}
					onInput={(value) => (kindName.value = value)}
				/>
				{BASICS.map(({ name, label, help, placeholder = "" }) => (
					<TextField
						key={name}
						{...{ name, label, help, placeholder }}
						required={name === "target"}
						autofocus={name === "target"}
						value={values.value[name] ?? ""}
						error={errors.value[name] ?? ""}
						onInput={set(name)}
					/>
				))}
			</div>
			<Params
				params={kind?.params ?? []}
				render={(param) => (
					<ParamField
						key={param.name}
						param={param}
						value={values.value[`params-${param.name}`] ?? ""}
						error={errors.value[`params-${param.name}`] ?? ""}
						onInput={set(`params-${param.name}`)}
					/>
				)}
			/>
			{general.value && (
				<p class="form-error" role="alert">
					{general.value}
				</p>
			)}
			<div class="actions">
				<button type="button" class="button" onClick={closeDialog}>
					Cancel
				</button>
				<button type="submit" class="button primary" disabled={busy.value}>
					Add
				</button>
			</div>
		</Modal>
	);
}
