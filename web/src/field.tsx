// field.tsx - one field of a form: its name, what it means, what the server says of it.
import type { ComponentChildren } from "preact";
import type { Param } from "./types";

interface Props {
	name: string;
	label: string;
	help?: string;
	/** What the server found wrong, "" nothing. */
	error: string;
	value: string;
	onInput: (value: string) => void;
	placeholder?: string;
	required?: boolean;
	autofocus?: boolean;
}

function Frame({ name, label, help, error, children }: Omit<Props, "value" | "onInput"> & { children: ComponentChildren }) {
	return (
		<div class={`field${error ? " has-error" : ""}`}>
			<label class="field-name" for={`field-${name}`}>
				{label}
			</label>
			{children}
			{error ? (
				<span class="field-error" id={`error-${name}`} role="alert">
					{error}
				</span>
			) : (
				help && <span class="field-help">{help}</span>
			)}
		</div>
	);
}

export function TextField(props: Props) {
	const { name, error, value, onInput, placeholder, required, autofocus } = props;
	return (
		<Frame {...props}>
			<input
				id={`field-${name}`}
				name={name}
				value={value}
				placeholder={placeholder}
				required={required}
				autofocus={autofocus}
				autocomplete="off"
				autocapitalize="off"
				spellcheck={false}
				aria-invalid={error !== ""}
				aria-describedby={error ? `error-${name}` : undefined}
				onInput={(event) => onInput(event.currentTarget.value)}
			/>
		</Frame>
	);
}

interface ParamProps {
	param: Param;
	value: string;
	error: string;
	onInput: (value: string) => void;
}

function isSwitch(param: Param): boolean {
	return /^bool/.test(param.type) || typeof param.default === "boolean";
}

/** Number as the server means it: not a text that looks like one. */
export function paramValue(param: Param, text: string): string | number | boolean {
	if (isSwitch(param)) return text === "true";
	const isNumber = /int|number/.test(param.type) || typeof param.default === "number";
	return isNumber && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** "One sentence of help. 0 to 65507 bytes" */
function helpOf({ help, min, max, unit, choices }: Param): string {
	const isRange = !choices?.length && typeof min === "number" && typeof max === "number";
	const range = isRange && max > 1 ? `${min} to ${max}${unit ? ` ${unit}` : ""}` : "";
	return [help, range].filter(Boolean).join("; ");
}

/** The default as one of the choices' names; descriptors may also give its place among them. */
function defaultChoice(param: Param, choices: string[]): string {
	const text = String(param.default ?? "");
	return choices.includes(text) ? text : (choices[Number(text)] ?? choices[0] ?? "");
}

/** A parameter out of a kind's descriptor: choice, switch, number or text. */
export function ParamField({ param, value, error, onInput }: ParamProps) {
	const name = `params-${param.name}`;
	const label = param.name.replaceAll("_", " ");
	const help = helpOf(param);
	const choices = isSwitch(param) ? ["false", "true"] : (param.choices ?? []);
	if (choices.length === 0) {
		const placeholder = String(param.default ?? "");
		return <TextField {...{ name, label, help, error, value, onInput, placeholder }} />;
	}
	const shown = value || defaultChoice(param, choices);
	return (
		<Frame {...{ name, label, help, error }}>
			<select
				id={`field-${name}`}
				value={shown}
				onChange={(event) => onInput(event.currentTarget.value)}
			>
				{choices.map((choice) => (
					<option key={choice} value={choice}>
						{isSwitch(param) ? (choice === "true" ? "yes" : "no") : choice}
					</option>
				))}
			</select>
		</Frame>
	);
}
