// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * check_codec.c - a check as bytes; the contract is in check.h.
 *
 * Version, kind, then tagged fields: tag (1 byte), length (2 bytes, little
 * endian), value. A reader skips tags it does not know, so that a field may be
 * added without a new version; absent ones keep their default.
 */
#include "domain/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/kind.h"

#define VERSION 1

/* Stored: never renumber. */
enum tag {
	TAG_ID = 1,
	TAG_NAME,
	TAG_TARGET,
	TAG_INTERVAL,
	TAG_TIMEOUT,
	TAG_LATE,
	TAG_LABEL, /* key, NUL, value; repeated */
	TAG_FLAGS, /* source, id_given */
	TAG_PARAM, /* name, NUL, number (8 bytes) or text; repeated */
};

struct out {
	uint8_t *at, *end;
	int error;
};

static void put(struct out *out, enum tag tag, const void *a, size_t a_len, const void *b,
		size_t b_len)
{
	size_t len = a_len + b_len;

	if (out->error || len > UINT16_MAX || (size_t)(out->end - out->at) < len + 3) {
		out->error = -ENOSPC;
		return;
	}
	*out->at++ = (uint8_t)tag;
	*out->at++ = (uint8_t)len;
	*out->at++ = (uint8_t)(len >> 8);
	memcpy(out->at, a, a_len);
	if (b_len)
		memcpy(out->at + a_len, b, b_len);
	out->at += len;
}

static void put_number(struct out *out, enum tag tag, uint64_t value)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	put(out, tag, bytes, 8, NULL, 0);
}

static void put_params(struct out *out, const struct check *check)
{
	uint8_t bytes[8] = { 0 };
	uint32_t number;

	for (unsigned i = 0; i < check->kind->nparams; i++) {
		const struct param *p = &check->kind->params[i];
		const void *at = (const char *)check + p->offset;

		if (p->type == PARAM_TEXT) {
			put(out, TAG_PARAM, p->name, strlen(p->name) + 1, at, strlen(at));
			continue;
		}
		number = p->type == PARAM_UINT32 ? *(const uint32_t *)at : *(const uint8_t *)at;
		for (int k = 0; k < 4; k++)
			bytes[k] = (uint8_t)(number >> (8 * k));
		put(out, TAG_PARAM, p->name, strlen(p->name) + 1, bytes, 8);
	}
}

int check_encode(const struct check *check, void *bytes, size_t room)
{
	struct out out = { .at = bytes, .end = (uint8_t *)bytes + room };
	uint8_t flags[2] = { check->source, check->id_given };

	if (room < 2)
		return -ENOSPC;
	*out.at++ = VERSION;
	*out.at++ = check->kind->number;
	put_number(&out, TAG_ID, check->id);
	if (check->name)
		put(&out, TAG_NAME, check->name, strlen(check->name), NULL, 0);
	put(&out, TAG_TARGET, check->target, strlen(check->target), NULL, 0);
	put_number(&out, TAG_INTERVAL, (uint64_t)check->interval_ns);
	put_number(&out, TAG_TIMEOUT, (uint64_t)check->timeout_ns);
	put_number(&out, TAG_LATE, (uint64_t)check->late_ns);
	put(&out, TAG_FLAGS, flags, sizeof(flags), NULL, 0);
	for (unsigned i = 0; i < check->nlabels; i++)
		put(&out, TAG_LABEL, check->labels[i].key, strlen(check->labels[i].key) + 1,
		    check->labels[i].value, strlen(check->labels[i].value));
	put_params(&out, check);
	return out.error ? out.error : (int)(out.at - (uint8_t *)bytes);
}

static int get_number(const uint8_t *at, size_t len, int64_t *ret)
{
	uint64_t value = 0;

	if (len != 8)
		return -EBADMSG;
	for (int i = 0; i < 8; i++)
		value |= (uint64_t)at[i] << (8 * i);
	*ret = (int64_t)value;
	return 0;
}

/* Text of strangers: no NUL inside, not too long, only once. */
static int get_text(const uint8_t *at, size_t len, size_t max, char **ret)
{
	if (*ret || len > max || memchr(at, 0, len))
		return -EBADMSG;
	*ret = strndup((const char *)at, len);
	return *ret ? 0 : -ENOMEM;
}

static int get_label(struct check *check, const uint8_t *at, size_t len)
{
	const uint8_t *nul = memchr(at, 0, len);
	char value[2 * CHECK_LABEL_MAX + 1];
	size_t value_len;
	int err;

	if (!nul)
		return -EBADMSG;
	value_len = len - (size_t)(nul - at) - 1;
	if (value_len >= sizeof(value) || memchr(nul + 1, 0, value_len))
		return -EBADMSG;
	memcpy(value, nul + 1, value_len);
	value[value_len] = '\0';
	err = check_set_label(check, (const char *)at, value);
	return err == -ENOMEM ? err : err ? -EBADMSG : 0;
}

static const struct param *find_param(const struct kind *kind, const char *name)
{
	for (unsigned i = 0; i < kind->nparams; i++)
		if (!strcmp(kind->params[i].name, name))
			return &kind->params[i];
	return NULL;
}

static int get_param(struct check *check, const uint8_t *at, size_t len)
{
	const uint8_t *nul = memchr(at, 0, len);
	const struct param *p;
	size_t value_len;
	int64_t value;
	char *field;

	if (!nul)
		return -EBADMSG;
	p = find_param(check->kind, (const char *)at);
	if (!p)
		return 0; /* of a later version */
	value_len = len - (size_t)(nul - at) - 1;
	field = (char *)check + p->offset;
	if (p->type == PARAM_TEXT) {
		if (value_len > (size_t)p->max || memchr(nul + 1, 0, value_len))
			return -EBADMSG;
		memcpy(field, nul + 1, value_len);
		field[value_len] = '\0';
		return 0;
	}
	if (get_number(nul + 1, value_len, &value))
		return -EBADMSG;
	if (p->type == PARAM_UINT32)
		memcpy(field, &(uint32_t){ (uint32_t)value }, 4);
	else
		*(uint8_t *)field = (uint8_t)value;
	return 0;
}

static int get_flags(struct check *check, const uint8_t *at, size_t len)
{
	if (len < 2 || at[0] > CHECK_BUILT_IN)
		return -EBADMSG;
	check->source = at[0];
	check->id_given = at[1];
	return 0;
}

static int get_field(struct check *check, unsigned tag, const uint8_t *at, size_t len)
{
	int64_t id;
	int err = 0;

	switch (tag) {
	case TAG_ID:
		err = get_number(at, len, &id);
		check->id = err ? 0 : (uint64_t)id;
		break;
	case TAG_NAME:
		err = get_text(at, len, CHECK_NAME_MAX, &check->name);
		break;
	case TAG_TARGET:
		err = get_text(at, len, CHECK_TARGET_MAX, &check->target);
		break;
	case TAG_INTERVAL:
		err = get_number(at, len, &check->interval_ns);
		break;
	case TAG_TIMEOUT:
		err = get_number(at, len, &check->timeout_ns);
		break;
	case TAG_LATE:
		err = get_number(at, len, &check->late_ns);
		break;
	case TAG_LABEL:
		err = get_label(check, at, len);
		break;
	case TAG_FLAGS:
		err = get_flags(check, at, len);
		break;
	case TAG_PARAM:
		err = get_param(check, at, len);
		break;
	}
	return err;
}

int check_decode(struct check *check, const void *bytes, size_t len)
{
	const uint8_t *at = bytes, *end = at + len;
	const struct kind *kind = len >= 2 && at[0] == VERSION ? kind_number(at[1]) : NULL;
	char why[128];
	size_t field;
	int err = 0;

	memset(check, 0, sizeof(*check));
	if (len < 2)
		return -EBADMSG;
	if (!kind)
		return -EPROTONOSUPPORT;
	check_init(check, kind);
	for (at += 2; !err && at < end; at += field) {
		if (end - at < 3)
			err = -EBADMSG;
		field = err ? 0 : (size_t)(3 + at[1] + (at[2] << 8));
		if (!err && field > (size_t)(end - at))
			err = -EBADMSG;
		if (!err)
			err = get_field(check, at[0], at + 3, field - 3);
		if (err)
			break;
	}
	if (!err && (!check->id || !check->target))
		err = -EBADMSG;
	/* interfaces come and go: only what cannot change by itself is judged here */
	if (!err && check_validate(check, why, sizeof(why)) && !strchr(check->target, '%'))
		err = -EBADMSG;
	if (!err)
		err = check_default_name(check);
	if (err)
		check_clear(check);
	return err;
}
