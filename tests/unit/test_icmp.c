// SPDX-License-Identifier: GPL-2.0 OR MIT
/* test_icmp.c - the bytes of a request: identity, balance, fill, sums, header. */
#include "probe/icmp.c"

#include "../tap.h"

static uint8_t packet[ICMP_PACKET_MAX + 1];

static const struct icmp_flow flow56 = {
	.target4 = 0x0100007f, .size = 56, .id = 0x1234, .constant = 0xbeef, .ttl = 64
};

static struct icmp_probe probe_at(uint32_t slot)
{
	/* any distinct values will do */
	return (struct icmp_probe){ .nonce = slot * 0x9e3779b97f4a7c15ull + 1,
				    .slot = slot,
				    .attempt = slot + 5,
				    .generation = (uint16_t)(slot * 7) };
}

/* RFC 1071 as it stands there: 16 bits at a time. */
static uint16_t plain_sum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;
	uint16_t word;

	for (size_t i = 0; i < len; i += 2) {
		word = 0;
		memcpy(&word, bytes + i, len - i < 2 ? 1 : 2);
		sum += word;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

static void test_sum(void)
{
	uint8_t bytes[100];
	int same = 1;

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(255 - i * 37);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		same &= icmp_sum(bytes, len) == plain_sum(bytes, len);
	memset(bytes, 0xff, sizeof(bytes));
	for (size_t len = 1; len <= sizeof(bytes); len++)
		same &= icmp_sum(bytes, len) == plain_sum(bytes, len);
	ok(same, "sums agree with RFC 1071 at every length");
	memset(bytes, 0, sizeof(bytes));
	ok(icmp_sum(bytes, sizeof(bytes)) == 0, "the sum is 0 of zeros");
}

static void test_payload(void)
{
	struct icmp_probe probe = probe_at(0x12345678);
	const uint8_t *payload = packet + 28;
	struct sonde_payload head;
	int filled = 1;
	uint16_t sum;
	size_t len;

	len = icmp_build(packet, ICMP_HEADER4, &flow56, &probe, &sum);
	memcpy(&head, payload, sizeof(head));
	ok(len == 84, "56 bytes of payload are 84 on the wire");
	ok(ntohl(head.slot) == 0x12345678 && ntohl(head.generation) == probe.generation &&
		   head.nonce == probe.nonce && ntohl(head.attempt) == probe.attempt && !head.zero,
	   "the payload begins with the probe's identity");
	for (unsigned i = 24; i < 56; i++)
		filled &= payload[i] == (((uint8_t *)&probe.nonce)[i % 8] ^ i);
	ok(filled, "byte i of the rest is nonce byte i %% 8, xor i");
	ok(sum == plain_sum(payload, 56), "the reported sum is the payload's");
	ok(plain_sum(packet + 20, 64) == 0xffff, "the ICMP checksum is right");
}

static void test_constant(void)
{
	static const uint32_t sizes[] = { 18, 19, 23,   24,   25,   31,   32,
					  56, 57, 1471, 1472, 9000, 65507 };
	int constant = 1, sums = 1, whole = 1;
	struct icmp_flow flow = flow56;
	uint16_t sum, check, first;

	for (unsigned s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		flow.size = sizes[s];
		for (unsigned i = 0; i<1000; i += sizes[s]> 2000 ? 50 : 1) {
			struct icmp_probe probe = probe_at(i * 0x10f1);

			icmp_build(packet, ICMP_HEADER4, &flow, &probe, &sum);
			memcpy(&check, packet + 22, 2);
			first = i ? first : check;
			constant &= check == first;
			sums &= sum == plain_sum(packet + 28, flow.size);
			whole &= plain_sum(packet + 20, 8 + flow.size) == 0xffff;
		}
	}
	ok(constant, "the ICMP checksum is constant over 1,000 probes of a flow, at 13 sizes");
	ok(whole, "and right in each");
	ok(sums, "and the reported sum too");
}

static void test_sizes(void)
{
	struct icmp_probe probe = probe_at(77);
	struct sonde_payload head = { .slot = htonl(77),
				      .generation = htonl(probe.generation),
				      .nonce = probe.nonce };
	struct icmp_flow flow = flow56;
	int inside = 1, same = 1, right = 1;
	uint16_t sum;

	for (flow.size = 0; flow.size <= 200; flow.size++) {
		memset(packet, 0xa5, sizeof(packet));
		inside &= icmp_build(packet, ICMP_PLAIN4, &flow, &probe, &sum) == 8 + flow.size;
		inside &= packet[8 + flow.size] == 0xa5;
		right &= plain_sum(packet, 8 + flow.size) == 0xffff;
		if (flow.size < SONDE_PAYLOAD_MIN)
			same &= !memcmp(packet + 8, &head, flow.size < 16 ? flow.size : 16);
	}
	ok(inside, "no byte is written behind the payload, at 0..200 bytes");
	ok(right, "the checksum is right at each size");
	ok(same, "a short payload is the identity, cut off");
	flow.size = 65507;
	packet[ICMP_PACKET_MAX] = 0xa5;
	ok(icmp_build(packet, ICMP_HEADER4, &flow, &probe, &sum) == ICMP_PACKET_MAX &&
		   packet[ICMP_PACKET_MAX] == 0xa5,
	   "the longest packet fits exactly");
}

static void test_header(void)
{
	struct icmp_flow flow = { .source4 = 0x0200000a,
				  .target4 = 0x0300000a,
				  .size = 18,
				  .id = 0xabcd,
				  .constant = 1,
				  .ttl = 7,
				  .dscp = 46,
				  .dont_fragment = 1 };
	struct icmp_probe probe = probe_at(0x00059876);
	struct iphdr ip;
	uint16_t sum;

	icmp_build(packet, ICMP_HEADER4, &flow, &probe, &sum);
	memcpy(&ip, packet, sizeof(ip));
	ok(ip.version == 4 && ip.ihl == 5 && ntohs(ip.tot_len) == 46 && ip.protocol == IPPROTO_ICMP,
	   "an IPv4 header of 20 bytes");
	ok(ip.ttl == 7 && ip.tos == 46 << 2 && ip.frag_off == htons(IP_DF), "TTL, DSCP, DF");
	ok(ntohs(ip.id) == 0x9876 && packet[26] == 0x98 && packet[27] == 0x76,
	   "IP id and sequence number are the slot's low 16 bits");
	ok(packet[20] == ICMP_ECHO && packet[24] == 0xab && packet[25] == 0xcd, "type and id");
	ok(ip.saddr == flow.source4 && ip.daddr == flow.target4, "addresses as given");
	icmp_build(packet, ICMP_PLAIN6, &flow, &probe, &sum);
	ok(packet[0] == 128 && !packet[2] && !packet[3] && packet[4] == 0xab && packet[7] == 0x76,
	   "ICMPv6 leaves its checksum to the kernel");
}

static void test_tag(void)
{
	struct addr a, b;

	addr_parse("192.0.2.1", &a);
	ok(icmp_address_tag(&a) == addr_v4(&a), "the tag of IPv4 is the address");
	addr_parse("2001:db8:0:1::1", &a);
	addr_parse("2001:db8:1:0::1", &b);
	ok(icmp_address_tag(&a) != icmp_address_tag(&b), "swapped words of IPv6 differ");
}

int main(void)
{
	test_sum();
	test_payload();
	test_constant();
	test_sizes();
	test_header();
	test_tag();
	return tap_done();
}
