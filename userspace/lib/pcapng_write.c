// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A block is type, length, body, options, length; options are code, length and
 * value; everything is padded to 32 bits and in the byte order of this machine,
 * which the section header tells the reader.
 */
#include "pcapng_write.h"

#include <stdio.h>
#include <stdlib.h>

#define SHB 0x0a0d0d0au
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define IDB 1u
#define ISB 5u
#define EPB 6u

#define OPT_END 0
#define OPT_COMMENT 1
#define OPT_SHB_USERAPPL 4
#define OPT_IF_NAME 2
#define OPT_IF_TSRESOL 9
#define OPT_EPB_FLAGS 2
#define OPT_ISB_IFRECV 4
#define OPT_ISB_IFDROP 5

#define EPB_INBOUND 1u
#define EPB_OUTBOUND 2u

#define INTERFACES 8

struct sgap_pcapng {
	FILE *f;
	char *ifname;
	__u8 *block;
	size_t len, room;
	bool broken;		/* no memory for the block that is being made */
	__u64 last;		/* youngest packet */
	struct {
		__u16 link_type;
		__u64 packets;
	} ifs[INTERFACES];
	int nifs;
};

static void put(struct sgap_pcapng *w, const void *p, size_t len)
{
	size_t whole = (len + 3) & ~(size_t)3;

	if (!len)
		return;
	if (!w->block || w->len + whole > w->room) {
		size_t room = 2 * (w->len + whole);
		__u8 *block = realloc(w->block, room);

		if (!block) {
			w->broken = true;
			return;
		}
		w->block = block;
		w->room = room;
	}
	memset(w->block + w->len, 0, whole);
	memcpy(w->block + w->len, p, len);
	w->len += whole;
}

static void put32(struct sgap_pcapng *w, __u32 x)
{
	put(w, &x, sizeof(x));
}

static void put64(struct sgap_pcapng *w, __u64 x)
{
	put(w, &x, sizeof(x));
}

/* 64 bits, the upper half first. */
static void put_ts(struct sgap_pcapng *w, __u64 ts)
{
	put32(w, (__u32)(ts >> 32));
	put32(w, (__u32)ts);
}

static void put_pair(struct sgap_pcapng *w, __u16 a, __u16 b)
{
	const __u16 pair[2] = { a, b };

	put(w, pair, sizeof(pair));
}

static void put_option(struct sgap_pcapng *w, __u16 code, const void *p, size_t len)
{
	if (len > 0xffff)
		len = 0xffff;
	put_pair(w, code, (__u16)len);
	put(w, p, len);
}

static void put_string(struct sgap_pcapng *w, __u16 code, const char *s)
{
	if (s && *s)
		put_option(w, code, s, strlen(s));
}

static void begin(struct sgap_pcapng *w, __u32 type)
{
	w->len = 0;
	w->broken = false;
	put32(w, type);
	put32(w, 0);
}

static int end(struct sgap_pcapng *w)
{
	__u32 len;

	put_pair(w, OPT_END, 0);
	len = (__u32)w->len + 4;
	put32(w, len);
	if (w->broken)
		return -ENOMEM;
	memcpy(w->block + 4, &len, sizeof(len));
	errno = 0;
	if (fwrite(w->block, 1, w->len, w->f) != w->len)
		return errno ? -errno : -EIO;
	return 0;
}

static int write_section(struct sgap_pcapng *w, const char *comment)
{
	begin(w, SHB);
	put32(w, BYTE_ORDER_MAGIC);
	put_pair(w, 1, 0);
	put64(w, ~0ULL);	/* length of the section: not known yet */
	put_string(w, OPT_COMMENT, comment);
	put_string(w, OPT_SHB_USERAPPL, "stopgap " SGAP_VERSION);
	return end(w);
}

/* The number of the interface of a link type, described first if it is new. */
static int interface_of(struct sgap_pcapng *w, __u16 link_type)
{
	static const __u8 ns = 9;
	int i, ret;

	for (i = 0; i < w->nifs; i++)
		if (w->ifs[i].link_type == link_type)
			return i;
	if (i == INTERFACES)
		return -E2BIG;
	begin(w, IDB);
	put_pair(w, link_type, 0);
	put32(w, 0);		/* no limit of length */
	put_string(w, OPT_IF_NAME, w->ifname);
	put_option(w, OPT_IF_TSRESOL, &ns, sizeof(ns));
	ret = end(w);
	if (ret)
		return ret;
	w->ifs[i].link_type = link_type;
	return w->nifs++;
}

int sgap_pcapng_open(struct sgap_pcapng **out, const char *path, const char *ifname,
		     const char *comment)
{
	FILE *f = strcmp(path, "-") != 0 ? fopen(path, "we") : stdout;

	return f ? sgap_pcapng_begin(out, f, ifname, comment) : -errno;
}

int sgap_pcapng_begin(struct sgap_pcapng **out, FILE *f, const char *ifname, const char *comment)
{
	struct sgap_pcapng *w = calloc(1, sizeof(*w));
	int ret;

	if (!w) {
		if (f != stdout)
			fclose(f);
		return -ENOMEM;
	}
	w->f = f;
	w->ifname = strdup(ifname);
	ret = !w->ifname ? -ENOMEM : write_section(w, comment);
	if (!ret)
		ret = sgap_pcapng_flush(w);
	if (ret) {
		sgap_pcapng_close(w, 0);
		return ret;
	}
	*out = w;
	return 0;
}

int sgap_pcapng_packet(struct sgap_pcapng *w, const struct sgap_pcapng_pkt *pkt)
{
	const __u32 flags = pkt->outbound ? EPB_OUTBOUND : EPB_INBOUND;
	int i = interface_of(w, pkt->link_type);

	if (i < 0)
		return i;
	begin(w, EPB);
	put32(w, (__u32)i);
	put_ts(w, pkt->ts);
	put32(w, pkt->caplen);
	put32(w, pkt->len);
	put(w, pkt->data, pkt->caplen);
	put_string(w, OPT_COMMENT, pkt->comment);
	put_option(w, OPT_EPB_FLAGS, &flags, sizeof(flags));
	w->ifs[i].packets++;
	if (pkt->ts > w->last)
		w->last = pkt->ts;
	return end(w);
}

int sgap_pcapng_flush(struct sgap_pcapng *w)
{
	return fflush(w->f) ? -errno : 0;
}

/* What is missing is told of the first interface. */
static int write_statistics(struct sgap_pcapng *w, int i, __u64 missing)
{
	const __u64 seen = w->ifs[i].packets + missing;

	begin(w, ISB);
	put32(w, (__u32)i);
	put_ts(w, w->last);
	put_option(w, OPT_ISB_IFRECV, &seen, sizeof(seen));
	put_option(w, OPT_ISB_IFDROP, &missing, sizeof(missing));
	return end(w);
}

int sgap_pcapng_close(struct sgap_pcapng *w, __u64 missing)
{
	int i, ret = 0;

	if (!w)
		return 0;
	for (i = 0; i < w->nifs && !ret; i++)
		ret = write_statistics(w, i, i ? 0 : missing);
	if (w->f && fflush(w->f) && !ret)
		ret = -errno;
	if (w->f && w->f != stdout && fclose(w->f) && !ret)
		ret = -errno;
	free(w->ifname);
	free(w->block);
	free(w);
	return ret;
}
