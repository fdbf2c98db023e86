// SPDX-License-Identifier: GPL-2.0-or-later
// link: tests/unit/rig.c
/*
 * Frames in a row through the whole path with small tables. Each: 2 bytes of
 * length, 1 of time (low bits: how much; upper: what unit), 1 of bytes cut off,
 * then the frame. All that is promised to balance has to, after each frame.
 */
#include <stdint.h>
#include <stdlib.h>

#include "rig.h"

static void time_passes(struct rig *rig, uint8_t how)
{
	static const __u64 unit[] = { 1000, SGAP_NS_PER_MS, 100 * SGAP_NS_PER_MS, SGAP_NS_PER_S };

	rig->now += (how & 31) * unit[how >> 5 & 3];
	if (how & 0x80)
		rig_expire(rig, rig->now);
}

static void must_balance(const struct rig *rig)
{
	if (rig_unbalanced(rig))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rig_cfg cfg = { .txns = 16, .conns = 16, .pieces = 8 };
	struct rig *rig = rig_new(&cfg);
	__u32 len;

	rig->opt.ports.n = 2;
	rig->opt.ports.port[1] = 853;
	while (size >= 4) {
		len = sgap_get16(data);
		if (len > size - 4)
			len = (__u32)size - 4;
		time_passes(rig, data[2]);
		rig_frame(rig, data + 4, len, len + data[3]);
		must_balance(rig);
		data += 4 + len;
		size -= 4 + len;
	}
	rig_expire(rig, rig->now + 3600 * SGAP_NS_PER_S);
	must_balance(rig);
	if (sgap_txn_waiting(rig->txn) || sgap_tcp_conns(rig->tcp) ||
	    sgap_tcp_pieces_free(rig->tcp) != cfg.pieces)
		abort();
	rig_free(rig);
	return 0;
}
