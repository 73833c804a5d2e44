// SPDX-License-Identifier: GPL-2.0 OR MIT
/* head.c - the contract is in head.h. */
#include "api/head.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* What has been seen so far of the fields that may stand only once. */
struct seen {
	int hosts, lengths, encodings, authorizations;
	int version_minor;
};

/* RFC 9110 5.6.2 */
static int is_token(const char *s, size_t len)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !memchr(marks, s[i], sizeof(marks) - 1))
			return 0;
	return len > 0;
}

static int is_digits(const struct head_text *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (!isdigit((unsigned char)text->base[i]))
			return 0;
	return text->len > 0 && text->len < 19;
}

static int text_is(const struct head_text *text, const char *word)
{
	return text->len == strlen(word) && !strncasecmp(text->base, word, text->len);
}

static int refuse(const char **why, int status, const char *sentence)
{
	*why = sentence;
	return status;
}

/* The line at @at without its CRLF; NULL when it does not end so. */
static const char *line_end(const char *at, const char *end)
{
	const char *lf = memchr(at, '\n', (size_t)(end - at));

	return lf && lf > at && lf[-1] == '\r' ? lf - 1 : NULL;
}

static int parse_request_line(const char *at, const char *end, struct head *ret, struct seen *seen,
			      const char **why)
{
	const char *target = memchr(at, ' ', (size_t)(end - at)), *version;

	if (!target || !is_token(at, (size_t)(target - at)))
		return refuse(why, 400, "the method is no token");
	ret->method = (struct head_text){ at, (size_t)(target++ - at) };
	version = memchr(target, ' ', (size_t)(end - target));
	if (!version)
		return refuse(why, 400, "the request line has no version");
	ret->target = (struct head_text){ target, (size_t)(version++ - target) };
	if (*target != '/' && !text_is(&ret->target, "*"))
		return refuse(why, 400, "the request target must be a path");
	for (const char *c = target; c < version - 1; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
			return refuse(why, 400,
				      "the request target has characters that need escaping");
	if (end - version != 8 || memcmp(version, "HTTP/1.", 7) ||
	    (version[7] != '0' && version[7] != '1'))
		return refuse(why, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	seen->version_minor = version[7] - '0';
	return 0;
}

static int take_field(const struct head_text *name, const struct head_text *value, struct head *ret,
		      struct seen *seen, const char **why)
{
	if (text_is(name, "host")) {
		ret->host = *value;
		if (++seen->hosts > 1)
			return refuse(why, 400, "more than one Host");
	} else if (text_is(name, "content-length")) {
		if (++seen->lengths > 1 || !is_digits(value))
			return refuse(why, 400, "Content-Length must be one number");
	} else if (text_is(name, "transfer-encoding")) {
		if (++seen->encodings > 1 || !text_is(value, "chunked"))
			return refuse(why, 400, "the only Transfer-Encoding taken is chunked");
	} else if (text_is(name, "authorization")) {
		ret->authorization = *value;
		if (++seen->authorizations > 1)
			return refuse(why, 400, "more than one Authorization");
	}
	return 0;
}

static int parse_field(const char *at, const char *end, struct head *ret, struct seen *seen,
		       const char **why)
{
	const char *colon = memchr(at, ':', (size_t)(end - at)), *value;
	struct head_text name, text;

	if (!colon || !is_token(at, (size_t)(colon - at)))
		return refuse(why, 400, "a header field has no proper name");
	name = (struct head_text){ at, (size_t)(colon - at) };
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t');)
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (const char *c = value; c < end; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return refuse(why, 400, "a header field has control characters");
	text = (struct head_text){ value, (size_t)(end - value) };
	return take_field(&name, &text, ret, seen, why);
}

static int check_whole(const struct head *head, const struct seen *seen, const char **why)
{
	if (!seen->hosts && seen->version_minor)
		return refuse(why, 400, "no Host");
	if (seen->lengths && seen->encodings)
		return refuse(why, 400, "Content-Length beside Transfer-Encoding");
	if (seen->encodings && !seen->version_minor)
		return refuse(why, 400, "Transfer-Encoding in HTTP/1.0");
	if (!head->method.len)
		return refuse(why, 400, "no request line");
	return 0;
}

int head_check(const char *bytes, size_t len, struct head *ret, const char **why)
{
	size_t room = len < HEAD_BYTES_MAX ? len : HEAD_BYTES_MAX;
	const char *at = bytes, *limit = bytes + room, *end;
	struct seen seen = { 0 };
	int status = 0;

	memset(ret, 0, sizeof(*ret));
	/* RFC 9112 2.2: empty lines before the request line are skipped */
	while (limit - at >= 2 && at[0] == '\r' && at[1] == '\n')
		at += 2;
	for (const char *first = at; !status; at = end + 2) {
		end = line_end(at, limit);
		if (!end && len > HEAD_BYTES_MAX && !memchr(at, '\n', (size_t)(limit - at)))
			return refuse(why, 431, "the head of the request is too long");
		if (!end)
			return refuse(why, 400, "a line does not end with CR LF");
		if (end == at)
			break;
		status = at == first ? parse_request_line(at, end, ret, &seen, why)
				     : parse_field(at, end, ret, &seen, why);
	}
	ret->has_body = seen.lengths || seen.encodings;
	return status ? status : check_whole(ret, &seen, why);
}
