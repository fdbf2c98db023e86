/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records for readers. Each reader (an open file) has a ring of its own; the
 * rings of one device hang together in struct sgap_rings, and a record goes
 * into each of them or is counted as lost there.
 */
#ifndef SGAP_RING_H
#define SGAP_RING_H

#include "uapi/stopgap.h"

#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/wait.h>

struct file;
struct vm_area_struct;

#define SGAP_RING_BYTES_MIN 65536u
#define SGAP_RING_BYTES_MAX (64u << 20)
#define SGAP_RINGS_MAX 16	/* readers of one device */

struct sgap_ring_totals {
	u64 made, read, lost;
};

/**
 * struct sgap_rings - the readers of one device
 * @lock: protects all fields below, and the fields of each ring that say so
 * @list: of struct sgap_ring
 * @n: length of @list; read without the lock to see whether anyone listens
 * @dead: the device has gone; no ring is added any more
 * @txn_id: id of the last TXN record
 * @closed: what the rings that were closed had counted
 */
struct sgap_rings {
	spinlock_t lock;
	struct list_head list;
	unsigned int n;
	bool dead;
	u64 txn_id;
	struct sgap_ring_totals closed;
};

enum sgap_ring_mode {
	SGAP_RING_IDLE,		/* neither yet */
	SGAP_RING_READ,
	SGAP_RING_MMAP,
};

/**
 * struct sgap_ring - one reader
 *
 * Memory: consumer page, producer page, data, the same data again, in one
 * piece both here and in the reader's mapping.
 */
struct sgap_ring {
	/** @rings: the device's */
	struct sgap_rings *rings;
	/** @pages: of the memory below, the data's not repeated */
	struct page **pages;
	/** @npages: length of @pages */
	u32 npages;
	/** @mask: bytes of data - 1 */
	u64 mask;
	/** @cons: the reader may write here: hostile */
	struct sgap_ring_page *cons;
	/** @prod: only written here; the reader can see it */
	struct sgap_ring_page *prod;
	/** @data: twice */
	u8 *data;
	/** @reading: one read() at a time copies; protects @tail in read mode too */
	struct mutex reading;
	/** @wait: readers that sleep */
	wait_queue_head_t wait;
	/** @wake: wakes @wait, since a producer may not */
	struct irq_work wake;
	/** @later: the same, some time after the last time */
	struct timer_list later;

	/* rings->lock protects the rest */
	/** @node: in rings->list */
	struct list_head node;
	/** @slot: where the record between reserve and commit goes; NULL = lost */
	struct sgap_rec *slot;
	/** @head: bytes written; what prod->pos shows */
	u64 head;
	/** @tail: bytes given back, always at the beginning of a record */
	u64 tail;
	/** @count: conservation: made = read + lost + waiting; LOST records don't count */
	struct sgap_ring_totals count;
	/** @gap: what was lost since the last LOST record */
	struct {
		u64 n, first, last;
	} gap;
	/** @mode: once it is set it stays */
	enum sgap_ring_mode mode;
	/** @waiting: someone found the ring empty and wants to be woken */
	bool waiting;
	/** @woken: jiffies when it last was */
	unsigned long woken;
};

void sgap_rings_init(struct sgap_rings *rings);
void sgap_rings_kill(struct sgap_rings *rings);
void sgap_rings_totals(struct sgap_rings *rings, struct sgap_ring_totals *sum);

struct sgap_rec *sgap_rings_reserve(struct sgap_rings *rings, u32 len, u16 type, u64 ts);
void sgap_rings_commit(struct sgap_rings *rings, struct sgap_rec *rec, u32 len, u16 type);
void sgap_rings_push(struct sgap_rings *rings, struct sgap_rec *rec, u32 len, u16 type, u64 ts);

/* Does anyone listen? A hint: whoever opens the device now may miss a record. */
static inline bool sgap_rings_idle(const struct sgap_rings *rings)
{
	return !READ_ONCE(rings->n);
}

struct sgap_ring *sgap_ring_open(struct sgap_rings *rings, u32 bytes);
void sgap_ring_close(struct sgap_ring *ring);
ssize_t sgap_ring_read(struct sgap_ring *ring, char __user *buf, size_t count, bool nonblock);
__poll_t sgap_ring_poll(struct sgap_ring *ring, struct file *file, poll_table *wait);
int sgap_ring_mmap(struct sgap_ring *ring, struct vm_area_struct *vma);

#endif
