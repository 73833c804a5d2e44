// SPDX-License-Identifier: GPL-2.0 OR MIT
/* access.c - the contract is in access.h. */
#include "api/access.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int access_init(struct access *access, const char *token, const char *const *hosts, unsigned nhosts)
{
	memset(access, 0, sizeof(*access));
	if (token && !*token)
		return -EINVAL;
	if (token) {
		SHA256((const unsigned char *)token, strlen(token), access->token_digest);
		access->has_token = 1;
	}
	access->hosts = calloc(nhosts + 1, sizeof(*access->hosts));
	if (!access->hosts)
		return -ENOMEM;
	for (; access->nhosts < nhosts; access->nhosts++) {
		access->hosts[access->nhosts] = strdup(hosts[access->nhosts]);
		if (!access->hosts[access->nhosts]) {
			access_clear(access);
			return -ENOMEM;
		}
	}
	return 0;
}

void access_clear(struct access *access)
{
	for (unsigned i = 0; i < access->nhosts; i++)
		free(access->hosts[i]);
	free(access->hosts);
	OPENSSL_cleanse(access, sizeof(*access));
}

int access_may_listen(const char *where, enum access_listener listener, const char *token,
		      int has_tls, char *why, size_t why_bytes)
{
	if (listener != ACCESS_BEYOND)
		return 0;
	if (!token || !has_tls) {
		snprintf(
			why, why_bytes,
			"refusing to listen on %s: beyond loopback a token and TLS are needed, and "
			"there is no %s",
			where,
			!token && !has_tls ? "token and no TLS certificate"
			: !token           ? "token"
					   : "TLS certificate");
		return -EACCES;
	}
	if (strlen(token) < ACCESS_TOKEN_MIN) {
		snprintf(why, why_bytes,
			 "refusing to listen on %s: beyond loopback the token needs at least %d "
			 "characters",
			 where, ACCESS_TOKEN_MIN);
		return -EACCES;
	}
	return 0;
}

/* "name", "name:port", "1.2.3.4:port", "[::1]:port": the part before the port, brackets taken
 * off. Return: bytes, or -EINVAL. */
static int split_host(const struct head_text *host, char *name, size_t room)
{
	const char *base = host->base, *end = host->base + host->len, *stop;
	int is_bracketed = host->len && *base == '[';

	if (is_bracketed)
		stop = memchr(base++, ']', host->len);
	else
		stop = memchr(base, ':', host->len);
	if (is_bracketed && !stop)
		return -EINVAL;
	if (!stop)
		stop = end;
	if (stop == base || (size_t)(stop - base) >= room)
		return -EINVAL;
	memcpy(name, base, (size_t)(stop - base));
	name[stop - base] = '\0';
	stop += is_bracketed;
	if (stop < end && (*stop++ != ':' || stop == end || end - stop > 5))
		return -EINVAL;
	for (; stop < end; stop++)
		if (!isdigit((unsigned char)*stop))
			return -EINVAL;
	return is_bracketed;
}

/* An address never helps a rebinding page, but only ours is a sign that we were meant. */
static int is_our_host(const struct access *access, const struct access_request *request)
{
	char name[256];
	struct addr addr;
	int is_bracketed;

	if (request->listener == ACCESS_UNIX) /* no browser gets there */
		return 1;
	is_bracketed = request->host.len ? split_host(&request->host, name, sizeof(name)) : -EINVAL;
	if (is_bracketed < 0)
		return 0;
	if (!addr_parse(name, &addr))
		return is_bracketed == !addr_is_v4(&addr) &&
		       !memcmp(addr.bytes, request->local.bytes, sizeof(addr.bytes));
	if (is_bracketed)
		return 0;
	if (!strcasecmp(name, "localhost"))
		return 1;
	for (unsigned i = 0; i < access->nhosts; i++)
		if (!strcasecmp(name, access->hosts[i]))
			return 1;
	return 0;
}

enum token_verdict {
	TOKEN_NONE,
	TOKEN_RIGHT,
	TOKEN_WRONG,
};

static enum token_verdict judge_token(const struct access *access, const struct head_text *header)
{
	static const char scheme[] = "Bearer ";
	unsigned char digest[32];
	const char *token;
	size_t len;

	if (!header->base || !access->has_token)
		return TOKEN_NONE;
	if (header->len < sizeof(scheme) - 1 ||
	    strncasecmp(header->base, scheme, sizeof(scheme) - 1))
		return TOKEN_WRONG;
	token = header->base + sizeof(scheme) - 1;
	len = header->len - (sizeof(scheme) - 1);
	SHA256((const unsigned char *)token, len, digest);
	return CRYPTO_memcmp(digest, access->token_digest, sizeof(digest)) ? TOKEN_WRONG
									   : TOKEN_RIGHT;
}

/* "application/json", parameters such as charset allowed behind it. */
static int is_json(const struct head_text *type)
{
	static const char json[] = "application/json";
	size_t len = sizeof(json) - 1;

	return type->base && type->len >= len && !strncasecmp(type->base, json, len) &&
	       (type->len == len || type->base[len] == ';' || type->base[len] == ' ');
}

static int is_read(const struct head_text *method)
{
	return (method->len == 3 && !memcmp(method->base, "GET", 3)) ||
	       (method->len == 4 && !memcmp(method->base, "HEAD", 4));
}

static int check_write(const struct access *access, const struct access_request *request,
		       enum token_verdict token, const char **why)
{
	int is_post = request->method.len == 4 && !memcmp(request->method.base, "POST", 4);

	if (token != TOKEN_RIGHT && !(request->listener == ACCESS_UNIX && request->may_write)) {
		*why = access->has_token ? "this needs the bearer token"
					 : "changes are taken only on the unix socket: "
					   "no token is configured";
		return access->has_token ? 401 : 403;
	}
	if ((request->has_body || is_post) && !is_json(&request->content_type)) {
		*why = "the body must be application/json";
		return 415;
	}
	return 0;
}

int access_check(const struct access *access, const struct access_request *request,
		 const char **why)
{
	enum token_verdict token = judge_token(access, &request->authorization);

	if (!is_our_host(access, request)) {
		*why = "this host name is not ours; `hosts` in the configuration allows more";
		return 421;
	}
	if (request->is_public && is_read(&request->method))
		return 0;
	if (token == TOKEN_WRONG) {
		*why = "the token is wrong";
		return 401;
	}
	if (!is_read(&request->method))
		return check_write(access, request, token, why);
	if (request->listener == ACCESS_BEYOND && token != TOKEN_RIGHT) {
		*why = "this needs the bearer token";
		return 401;
	}
	return 0;
}
