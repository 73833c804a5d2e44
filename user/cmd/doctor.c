// SPDX-License-Identifier: GPL-2.0 OR MIT
/* doctor.c - `sonde doctor`: runs every group of checks, prints the report. */
#include "cmd/doctor.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"

struct doctor_options {
	int is_json;
	const char *interface;
};

int doctor_read(const char *path, char *text, unsigned room)
{
	FILE *file = fopen(path, "re");
	int err = 0;

	if (!file)
		return -errno;
	if (!fgets(text, (int)room, file))
		err = ferror(file) ? -EIO : -ENODATA;
	else
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
	return err;
}

int doctor_read_uint(const char *path, uint64_t *ret)
{
	char text[64], *end;
	int err = doctor_read(path, text, sizeof(text));
	uint64_t value;

	if (err)
		return err;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || !isdigit((unsigned char)*text))
		return -EINVAL;
	*ret = value;
	return 0;
}

static const struct option_spec specs[] = {
	{ OPTION_FLAG, 'J', "json", NULL, offsetof(struct doctor_options, is_json), 0, 1, NULL,
	  "one object: findings with level, topic, text, cost, mend" },
	{ OPTION_TEXT, 'I', "interface", "IF", offsetof(struct doctor_options, interface), 0, 0,
	  NULL, "look at this interface only" },
};

static const struct options command = {
	.command = "doctor",
	.usage = "[OPTION]...",
	.about = "Tell what this host allows, what a lack costs and how to mend it.\n"
		 "Nothing is changed, and nothing is attached to any interface.",
	.notes = "Exit code: 0 nothing is bad, 1 something is, 2 usage.",
	.specs = specs,
	.nspecs = sizeof(specs) / sizeof(specs[0]),
};

static int check_options(const struct doctor_options *options, int operands)
{
	char quoted[OPTIONS_QUOTED];

	if (operands > 0) {
		options_error(&command, "no operands are expected");
		return -EINVAL;
	}
	if (options->interface && !if_nametoindex(options->interface)) {
		options_error(&command, "--interface: there is no interface %s",
			      options_quote(options->interface, quoted, sizeof(quoted)));
		return -EINVAL;
	}
	return 0;
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor_options options = { .is_json = 0 };
	struct doctor_report report = { .count = 0 };
	int err = options_parse(&command, argc, argv, &options), has_bad;

	if (err < 0)
		return options_exit(err);
	if (check_options(&options, err))
		return CMD_USAGE;
	doctor_kernel(&report);
	doctor_rights(&report);
	doctor_limits(&report);
	doctor_interfaces(&report, options.interface);
	err = report.error;
	if (options.is_json && !err)
		err = doctor_print_json(&report);
	else
		doctor_print_text(&report);
	has_bad = report.levels[DOCTOR_BAD] > 0;
	doctor_clear(&report);
	if (!err)
		return has_bad ? CMD_UNANSWERED : CMD_OK;
	options_error(&command, "%s", strerror(-err));
	return CMD_SYSTEM;
}
