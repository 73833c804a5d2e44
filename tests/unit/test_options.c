/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The walk over argv: every way to write an option, and what is said of wrong ones. */
#include "cmd/options.c"

#include <unistd.h>

#include "../tap.h"

struct settings {
	uint32_t count;
	int64_t wait_ns;
	int is_quiet, family, mode;
	const char *file;
};

static const char *const modes[] = { "auto", "fast", NULL };

#define AT(field) offsetof(struct settings, field)

static const struct option_spec specs[] = {
	{ OPTION_HEADING, 0, NULL, NULL, 0, 0, 0, NULL, "Group:" },
	{ OPTION_UINT32, 'c', "count", "N", AT(count), 1, UINT32_MAX, NULL, "how many (5)" },
	{ OPTION_MS, 't', "timeout", "MS", AT(wait_ns), 1000000, 60000000000, NULL, "how long" },
	{ OPTION_FLAG, 'q', "quiet", NULL, AT(is_quiet), 0, 1, NULL, "say less" },
	{ OPTION_FLAG, '4', NULL, NULL, AT(family), 0, 1, NULL, "IPv4 only" },
	{ OPTION_FLAG, '6', NULL, NULL, AT(family), 0, 2, NULL, "IPv6 only" },
	{ OPTION_CHOICE, 0, "mode", "HOW", AT(mode), 0, 0, modes, "auto or fast (auto)" },
	{ OPTION_TEXT, 'f', "file", "PATH", AT(file), 0, 0, NULL, "from where" },
};

static const struct options command = {
	.command = "try",
	.usage = "[OPTION]... WHAT...",
	.about = "A command of the test.",
	.specs = specs,
	.nspecs = sizeof(specs) / sizeof(specs[0]),
};

#define WORDS_MAX 16

/* Parse words separated by one blank each, with what it says caught in `said`. */
static char said[4096];
static char words[8192], *argv[WORDS_MAX + 1];

static int parse(const char *line, struct settings *settings)
{
	int argc = 0, saved_out = dup(1), saved_err = dup(2), n;
	FILE *caught = tmpfile();
	char *save = NULL;

	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	*settings = (struct settings){ .count = 5 };
	fflush(stdout);
	dup2(fileno(caught), 1);
	dup2(fileno(caught), 2);
	n = options_parse(&command, argc, argv, settings);
	fflush(stdout);
	dup2(saved_out, 1);
	dup2(saved_err, 2);
	close(saved_out);
	close(saved_err);
	rewind(caught);
	said[fread(said, 1, sizeof(said) - 1, caught)] = '\0';
	fclose(caught);
	return n;
}

static void test_spellings(void)
{
	static const char *const ways[] = { "-c 7 a",      "-c7 a",  "--count 7 a",
					    "--count=7 a", "a -c 7", "-c 1 -c 7 a" };
	struct settings s;

	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		ok(parse(ways[i], &s) == 1 && s.count == 7 && !strcmp(argv[0], "a") && !*said,
		   "'%s' means a count of 7 and one operand", ways[i]);
	ok(parse("-4q -f x", &s) == 0 && s.family == 1 && s.is_quiet && !strcmp(s.file, "x"),
	   "letters may be joined");
	ok(parse("-q6c9 b", &s) == 1 && s.family == 2 && s.count == 9, "the last one with a value");
	ok(parse("a - -- -c b", &s) == 4 && !strcmp(argv[1], "-") && !strcmp(argv[2], "-c"),
	   "'-' is an operand, and all is after '--'");
	ok(parse("-t 2.5 a", &s) == 1 && s.wait_ns == 2500000, "milliseconds may have fractions");
	ok(parse("-t 2s a", &s) == 1 && s.wait_ns == 2000000000, "a time may have a unit");
	ok(parse("--mode fast a", &s) == 1 && s.mode == 1, "a choice is its number");
}

static void test_mistakes(void)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "-c abc a", "sonde try: -c: 'abc' is not a number from 1 to 4294967295\n" },
		{ "--count=abc",
		  "sonde try: --count: 'abc' is not a number from 1 to 4294967295\n" },
		{ "-c 0", "sonde try: -c: '0' is not a number from 1 to 4294967295\n" },
		{ "-c 4294967296",
		  "sonde try: -c: '4294967296' is not a number from 1 to 4294967295\n" },
		{ "-c", "sonde try: -c: a value is missing (N)\n" },
		{ "--count=", "sonde try: --count: '' is not a number from 1 to 4294967295\n" },
		{ "--cuont 5", "sonde try: unknown option '--cuont'; did you mean '--count'?\n" },
		{ "--xyzzy", "sonde try: unknown option '--xyzzy'; see 'sonde help try'\n" },
		{ "-x", "sonde try: unknown option '-x'; see 'sonde help try'\n" },
		{ "-qx", "sonde try: unknown option '-x'; see 'sonde help try'\n" },
		{ "-\x1b", "sonde try: unknown option '-\\x1b'; see 'sonde help try'\n" },
		{ "--\x1b[31m", "sonde try: unknown option '--\\x1b[31m'; see 'sonde help try'\n" },
		{ "--quiet=1", "sonde try: --quiet takes no value\n" },
		{ "--mode slow", "sonde try: --mode: 'slow' is not one of auto, fast\n" },
		{ "--file=", "sonde try: --file: the value is empty (PATH)\n" },
		{ "-t 0", "sonde try: -t: '0' is not a number of milliseconds from 1 to 60000\n" },
	};
	struct settings s;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(parse(cases[i].line, &s) == -EINVAL && !strcmp(said, cases[i].says),
		   "mistake %u gets its line: %.60s", i, cases[i].says);
}

static void test_long_argument(void)
{
	static char line[8000] = "--";
	struct settings s;

	memset(line + 2, 'a', 7000);
	ok(parse(line, &s) == -EINVAL && strlen(said) < 200, "a huge option is cut in the message");
	snprintf(line, sizeof(line), "-c ");
	memset(line + 3, '9', 7000);
	ok(parse(line, &s) == -EINVAL && strlen(said) < 400, "so is a huge number");
}

static void test_help(void)
{
	struct settings s;

	ok(parse("-h", &s) == -ECANCELED, "-h ends the parsing");
	ok(parse("a --help -x", &s) == -ECANCELED, "so does --help, wherever it stands");
	ok(strstr(said, "Usage: sonde try [OPTION]... WHAT...\n\nA command of the test.\n\nGroup:\n"
			"  -c, --count N     how many (5)\n"
			"  -t, --timeout MS  how long\n"
			"  -q, --quiet       say less\n"
			"  -4                IPv4 only\n"),
	   "and prints an aligned table");
	ok(options_exit(-ECANCELED) == CMD_OK && options_exit(-EINVAL) == CMD_USAGE,
	   "help is no failure, a mistake is one of usage");
}

int main(void)
{
	test_spellings();
	test_mistakes();
	test_long_argument();
	test_help();
	return tap_done();
}
