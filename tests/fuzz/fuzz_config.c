// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The configuration reader on any bytes: no crash, no leak, an error for every refusal. */
// LINK: user/config/config.c user/config/check_list.c user/config/yaml.c user/config/yaml_scalar.c
// LINK: user/domain/check.c user/domain/check_codec.c user/domain/rung.c user/domain/kind.c user/domain/kind_icmp.c
// LINK: user/base/addr.c user/base/clock.c user/base/json.c user/base/log.c user/base/nearest.c
// LINK: user/base/random.c -lyaml -lm
#include "config/config.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], *text;
	struct config config;
	size_t bytes;
	FILE *errors = open_memstream(&text, &bytes);
	int fd = memfd_create("fuzz", 0), n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) != (ssize_t)size)
		abort();
	n = config_read(&config, path, errors);
	fclose(errors);
	if (!!n != !!bytes)
		abort();
	config_clear(&config);
	free(text);
	close(fd);
	return 0;
}
