// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_listen.c - addresses to listen on, and TLS on one beyond loopback, in a network namespace
 * of the test's own. */
#include "api/listen.c"

#include <net/if.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sched.h>
#include <sys/ioctl.h>

#include "api_fixture.h"
#include "../tap.h"

static char cert_path[64], key_path[64];

static void test_parse(void)
{
	static const struct {
		const char *text;
		int class; /* -1: refused */
	} rows[] = {
		{ "127.0.0.1:7663", ACCESS_LOOPBACK },
		{ "127.9.9.9:0", ACCESS_LOOPBACK },
		{ "[::1]:7663", ACCESS_LOOPBACK },
		{ "0.0.0.0:7663", ACCESS_BEYOND },
		{ "[::]:7663", ACCESS_BEYOND },
		{ "[::ffff:127.0.0.1]:80", -1 },
		{ "198.18.0.1:80", ACCESS_BEYOND },
		{ "[fd00::1]:80", ACCESS_BEYOND },
		{ "unix:/run/sonde/sonde.sock", ACCESS_UNIX },
		{ "", -1 },
		{ ":", -1 },
		{ ":80", -1 },
		{ "[]:80", -1 },
		{ "[::1]", -1 },
		{ "[::1:80", -1 },
		{ "::1:80", -1 },
		{ "[127.0.0.1]:80", -1 },
		{ "127.0.0.1:", -1 },
		{ "127.0.0.1:-1", -1 },
		{ "127.0.0.1:080808", -1 },
		{ "127.0.0.1:80;ls", -1 },
		{ "127.0.0.1:65536", -1 },
		{ "256.0.0.1:80", -1 },
		{ "name:80", -1 },
		{ "unix:", -1 },
		{ "unix:sock", -1 },
		{ "unix:/0123456789012345678901234567890123456789012345678901234567890123456789"
		  "0123456789012345678901234567890123456789",
		  -1 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct listen_spec spec;
		char why[256] = "";
		int err = listen_parse(rows[i].text, &spec, why, sizeof(why));

		ok(rows[i].class < 0 ? err == -EINVAL && *why
				     : !err && (int)spec.class == rows[i].class,
		   "'%s' %s", rows[i].text, why);
	}
}

/* A namespace with nothing but its own loopback: 0.0.0.0 is nobody else's there. */
static int enter_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd, err;

	if (unshare(CLONE_NEWNET))
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	err = ioctl(fd, SIOCSIFFLAGS, &ifr) ? -errno : 0;
	close(fd);
	return err;
}

static void write_certificate(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *file;

	snprintf(cert_path, sizeof(cert_path), "/tmp/sonde-test-%d.crt", (int)getpid());
	snprintf(key_path, sizeof(key_path), "/tmp/sonde-test-%d.key", (int)getpid());
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_sign(cert, key, EVP_sha256());
	file = fopen(cert_path, "we");
	PEM_write_X509(file, cert);
	fclose(file);
	file = fopen(key_path, "we");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* One request over TLS; the protocol both agreed on goes to *ret_protocol. */
static int ask_tls(const struct fixture *f, const char *request, int max_version,
		   char *ret_protocol)
{
	static const unsigned char offered[] = "\x02h2\x08http/1.1";
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(context);
	const unsigned char *chosen;
	unsigned chosen_bytes;
	char text[4096] = "";
	int fd = dial(f), n = 0;

	*ret_protocol = '\0';
	SSL_set_min_proto_version(ssl, TLS1_VERSION);
	SSL_set_max_proto_version(ssl, max_version);
	SSL_set_security_level(ssl, 0);
	SSL_set_alpn_protos(ssl, offered, sizeof(offered) - 1);
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) == 1) {
		SSL_get0_alpn_selected(ssl, &chosen, &chosen_bytes);
		snprintf(ret_protocol, 16, "%.*s", (int)chosen_bytes, (const char *)chosen);
		SSL_write(ssl, request, (int)strlen(request));
		n = SSL_read(ssl, text, sizeof(text) - 1);
	}
	SSL_free(ssl);
	SSL_CTX_free(context);
	close(fd);
	return n > 9 ? atoi(text + 9) : 0;
}

static void test_tls(void)
{
	static const char *const everywhere[] = { "0.0.0.0:0" };
	static const char open_page[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	static const char read[] = "GET /api/v1/summary HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	static const char allowed[] =
		"GET /api/v1/summary HTTP/1.1\r\nHost: 127.0.0.1\r\n" AUTH "\r\n";
	struct api_options options;
	struct response r;
	struct fixture f;
	char protocol[16], origin[API_ORIGIN_MAX] = "", expected[API_ORIGIN_MAX];

	fixture_open(&f);
	options = fixture_options(&f);
	options.listen = everywhere;
	options.tls_cert = options.tls_key = "/nonexistent";
	ok(api_start(&f.api, &options, f.why, sizeof(f.why)) == -EINVAL, "%s", f.why);
	options.tls_cert = cert_path;
	options.tls_key = key_path;
	ok(!api_start(&f.api, &options, f.why, sizeof(f.why)),
	   "token and TLS may listen anywhere%s", f.why);
	f.port = api_port(f.api);
	snprintf(expected, sizeof(expected), "https://%s:%u", options.hosts[0], f.port);
	ok(api_origin(f.api, origin, sizeof(origin)) && !strcmp(origin, expected),
	   "it is found by its configured name: %s", origin);
	ok(ask_tls(&f, open_page, TLS1_3_VERSION, protocol) == 200, "the page itself is open");
	ok(!strcmp(protocol, "http/1.1"), "HTTP/1.1 is chosen though HTTP/2 was offered: %s",
	   protocol);
	ok(ask_tls(&f, read, TLS1_3_VERSION, protocol) == 401, "reads need the token too");
	ok(ask_tls(&f, allowed, TLS1_2_VERSION, protocol) == 200, "and work with it");
	ok(ask_tls(&f, allowed, TLS1_1_VERSION, protocol) == 0, "TLS 1.1 is too old");
	r = ask_raw(&f, allowed, sizeof(allowed) - 1);
	ok(r.status == 0 && r.ended, "plain HTTP is hung up on");
	free(r.text);
	fixture_close(&f);
}

int main(void)
{
	test_parse();
	if (enter_namespace()) {
		printf("# no network namespace: TLS beyond loopback not tested\n");
		return tap_done();
	}
	write_certificate();
	test_tls();
	unlink(cert_path);
	unlink(key_path);
	return tap_done();
}
