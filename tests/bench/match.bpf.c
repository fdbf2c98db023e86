// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an eBPF program at tc does of the tap's work: IPv4 and UDP only, it matches query and
 * answer by addresses, ports and id in an LRU hash, and counts RCODEs and log2 of the RTT. No
 * names, no timeouts, no resends. Section "tc" makes no records; "tc/ring" puts one of 64 bytes
 * for each answer into a ring buffer (burst's neighbour ringbuf.c reads it).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
#define swap16(x) __builtin_bswap16(x)

static void *(*map_lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*map_update)(void *map, const void *key, const void *value, __u64 flags) =
	(void *)BPF_FUNC_map_update_elem;
static long (*map_delete)(void *map, const void *key) = (void *)BPF_FUNC_map_delete_elem;
static __u64 (*now)(void) = (void *)BPF_FUNC_ktime_get_ns;
static void *(*ring_reserve)(void *ring, __u64 size, __u64 flags) =
	(void *)BPF_FUNC_ringbuf_reserve;
static void (*ring_submit)(void *data, __u64 flags) = (void *)BPF_FUNC_ringbuf_submit;

struct key {
	__u32 client, server;
	__u16 port, id;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct key);
	__type(value, __u64);
} waiting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 16 + 64);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct event {
	struct key key;
	__u64 us;
	__u8 rcode;
	__u8 reserved[39];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} sgap_events SEC(".maps");

static __attribute__((always_inline)) void count(__u32 i)
{
	__u64 *n = map_lookup(&counts, &i);

	if (n)
		++*n;
}

static __attribute__((always_inline)) void tell(const struct key *key, __u64 us, __u8 rcode)
{
	struct event *e = ring_reserve(&sgap_events, sizeof(*e), 0);

	if (!e)
		return;
	e->key = *key;
	e->us = us;
	e->rcode = rcode;
	ring_submit(e, 0);
}

static __attribute__((always_inline)) void take_answer(struct key *key, __u8 rcode, int ring)
{
	__u64 *asked = map_lookup(&waiting, key), us;
	__u32 log = 0;

	count(rcode & 15);
	if (!asked)
		return;
	us = (now() - *asked) / 1000;
	if (ring)
		tell(key, us, rcode);
	for (int i = 0; i < 32 && us > 1; i++, us >>= 1)
		log++;
	count(16 + log);
	map_delete(&waiting, key);
}

static __attribute__((always_inline)) int take(struct __sk_buff *skb, int ring)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (void *)(ip + 1);
	__u8 *dns = (void *)(udp + 1);
	struct key key = { 0 };
	__u64 ts;

	if ((void *)(dns + 12) > end || ((struct ethhdr *)data)->h_proto != swap16(ETH_P_IP) ||
	    ip->ihl != 5 || ip->protocol != 17)
		return TC_ACT_OK;
	key.id = dns[0] << 8 | dns[1];
	if (udp->dest == swap16(53) && !(dns[2] & 0x80)) {
		key.client = ip->saddr;
		key.server = ip->daddr;
		key.port = udp->source;
		ts = now();
		map_update(&waiting, &key, &ts, BPF_ANY);
	} else if (udp->source == swap16(53) && dns[2] & 0x80) {
		key.client = ip->daddr;
		key.server = ip->saddr;
		key.port = udp->dest;
		take_answer(&key, dns[3], ring);
	}
	return TC_ACT_OK;
}

SEC("tc")
int match(struct __sk_buff *skb)
{
	return take(skb, 0);
}

SEC("tc/ring")
int match_ring(struct __sk_buff *skb)
{
	return take(skb, 1);
}

char _license[] SEC("license") = "GPL";
