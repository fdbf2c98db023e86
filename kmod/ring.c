// SPDX-License-Identifier: GPL-2.0-only
#include "ring.h"
#include "compat.h"

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

/*
 * How many given-back records a producer looks at for each one it writes: more
 * than one, so that it catches up, and few, so that it never takes long.
 */
#define FOLLOW_EACH 4
#define FOLLOW_FULL 64
#define FOLLOW_CHUNK 1024

#define WAKE_PAUSE_MS 8	/* from one waking of a reader by traffic to the next */

/*
 * What stays free for rarer records: of the end, which comes last and always
 * has room; and of events, however full of traffic the ring is.
 */
#define ROOM_END ((u32)(sizeof(struct sgap_rec_lost) + sizeof(struct sgap_rec_link)))
#define ROOM_EVENTS 2048u

static struct sgap_rec *rec_at(const struct sgap_ring *ring, u64 pos)
{
	return (struct sgap_rec *)(ring->data + (pos & ring->mask));
}

static u64 ring_space(const struct sgap_ring *ring)
{
	return ring->mask + 1 - (ring->head - ring->tail);
}

/*
 * Let the tail follow the position that an mmap reader wrote, record by record.
 * What it wrote is only ever compared: a position outside what was produced is
 * ignored, and one inside a record frees what lies before that record. So the
 * tail stays at the beginning of a record whatever the reader does.
 */
static int follow(struct sgap_ring *ring, int budget)
{
	u64 pos, len;
	int n = 0;

	if (ring->mode != SGAP_RING_MMAP)
		return 0;
	/* pairs with the reader's store-release after it has read the records */
	pos = smp_load_acquire(&ring->cons->pos);
	if (pos - ring->tail > ring->head - ring->tail)
		return 0;
	for (; n < budget && ring->tail != pos; n++) {
		len = rec_at(ring, ring->tail)->len;
		if (pos - ring->tail < len)
			break;
		if (rec_at(ring, ring->tail)->type != SGAP_REC_LOST)
			ring->count.read++;
		ring->tail += len;
	}
	return n;
}

/*
 * A reader that sleeps is woken at once when it was not lately, or has to hurry: by an event, or
 * by half a ring. Else in a while, so that the more there is to read the more it gets in one go:
 * to be woken costs several times what a record does.
 */
static void wake_soon(struct sgap_ring *ring, bool event)
{
	unsigned long next = ring->woken + msecs_to_jiffies(WAKE_PAUSE_MS);

	if (time_before(jiffies, next) && !event && ring_space(ring) > ring->mask / 2) {
		if (!timer_pending(&ring->later))
			mod_timer(&ring->later, next);
		return;
	}
	ring->waiting = false;
	ring->woken = jiffies;
	timer_delete(&ring->later);
	irq_work_queue(&ring->wake);
}

static void publish(struct sgap_ring *ring, bool event)
{
	/* pairs with the reader's load-acquire: it sees the record with the position */
	smp_store_release(&ring->prod->pos, ring->head);
	if (ring->waiting)
		wake_soon(ring, event);
}

static bool is_traffic(u16 type)
{
	return type == SGAP_REC_TXN || type == SGAP_REC_PACKET || type == SGAP_REC_PARTIAL;
}

/* Records don't come in the order of their times: two CPUs make them, and a clock is set. */
static void lose(struct sgap_ring *ring, u64 ts)
{
	ring->gap.first = ring->gap.n ? min(ring->gap.first, ts) : ts;
	ring->gap.last = ring->gap.n ? max(ring->gap.last, ts) : ts;
	ring->gap.n++;
	ring->count.lost++;
	WRITE_ONCE(ring->prod->lost, ring->count.lost);
}

/* Write the LOST record if there is a gap; the caller has seen to the space. */
static void put_lost(struct sgap_ring *ring)
{
	struct sgap_rec_lost *lost = (void *)rec_at(ring, ring->head);

	*lost = (struct sgap_rec_lost){
		.rec = { .len = sizeof(*lost), .type = SGAP_REC_LOST, .version = 1 },
		.n = ring->gap.n, .first = ring->gap.first, .last = ring->gap.last,
	};
	ring->head += sizeof(*lost);
	ring->gap.n = 0;
}

/* A PACKET record never comes without the TXN record before it. */
static bool fits(const struct sgap_ring *ring, u32 len, u16 type, u32 room)
{
	if (type == SGAP_REC_PACKET && ring->gap.n)
		return false;
	return ring_space(ring) >= len + room + (ring->gap.n ? sizeof(struct sgap_rec_lost) : 0);
}

static struct sgap_rec *ring_reserve(struct sgap_ring *ring, u32 len, u16 type, u32 room, u64 ts)
{
	ring->count.made++;
	follow(ring, FOLLOW_EACH);
	if (!fits(ring, len, type, room))
		follow(ring, FOLLOW_FULL);
	if (!fits(ring, len, type, room)) {
		lose(ring, ts);
		return NULL;
	}
	if (ring->gap.n)
		put_lost(ring);
	return rec_at(ring, ring->head);
}

void sgap_rings_init(struct sgap_rings *rings)
{
	memset(rings, 0, sizeof(*rings));
	spin_lock_init(&rings->lock);
	INIT_LIST_HEAD(&rings->list);
}

static struct sgap_rec *reserve(struct sgap_rings *rings, u32 len, u16 type, u32 room, u64 ts)
{
	struct sgap_rec *first = NULL;
	struct sgap_ring *ring;

	lockdep_assert_held(&rings->lock);
	list_for_each_entry(ring, &rings->list, node) {
		ring->slot = ring_reserve(ring, len, type, room, ts);
		if (!first)
			first = ring->slot;
	}
	return first;
}

/**
 * sgap_rings_reserve - room for a record of traffic in each ring
 * @rings: of the device
 * @len: of the whole record, a multiple of 8
 * @type: SGAP_REC_TXN, or SGAP_REC_PACKET right after one, under the same lock
 * @ts: when it happened, for the LOST record of a ring that is full
 *
 * With rings->lock held, until the record is committed. Returns where to write
 * it, or NULL when no ring has room for it or nobody listens.
 */
struct sgap_rec *sgap_rings_reserve(struct sgap_rings *rings, u32 len, u16 type, u64 ts)
{
	return reserve(rings, len, type, ROOM_EVENTS, ts);
}

/**
 * sgap_rings_commit - make the reserved record readable
 * @rings: of the device
 * @rec: as reserved, filled but for its header and the id of a TXN record
 * @len: as reserved
 * @type: enum sgap_rec_type
 */
void sgap_rings_commit(struct sgap_rings *rings, struct sgap_rec *rec, u32 len, u16 type)
{
	struct sgap_ring *ring;

	lockdep_assert_held(&rings->lock);
	*rec = (struct sgap_rec){ .len = len, .type = type, .version = 1 };
	if (type == SGAP_REC_TXN)
		((struct sgap_rec_txn *)rec)->id = ++rings->txn_id;
	list_for_each_entry(ring, &rings->list, node) {
		if (!ring->slot)
			continue;
		if (ring->slot != rec)
			memcpy(ring->slot, rec, len);
		ring->slot = NULL;
		ring->head += len;
		publish(ring, !is_traffic(type));
	}
}

/* What the record has to leave free. */
static u32 room_after(const struct sgap_rec *rec, u16 type)
{
	if (is_traffic(type))
		return ROOM_EVENTS;
	if (type == SGAP_REC_LINK && ((struct sgap_rec_link *)rec)->what == SGAP_LINK_GONE)
		return 0;
	return ROOM_END;
}

/* A record that is ready in memory of the caller. */
void sgap_rings_push(struct sgap_rings *rings, struct sgap_rec *rec, u32 len, u16 type, u64 ts)
{
	struct sgap_rec *to;

	if (sgap_rings_idle(rings))
		return;
	spin_lock_bh(&rings->lock);
	to = reserve(rings, len, type, room_after(rec, type), ts);
	if (to) {
		memcpy(to, rec, len);
		sgap_rings_commit(rings, to, len, type);
	}
	spin_unlock_bh(&rings->lock);
}

/* No ring is added from now on, and whoever sleeps learns that it is over. */
void sgap_rings_kill(struct sgap_rings *rings)
{
	struct sgap_ring *ring;

	spin_lock_bh(&rings->lock);
	rings->dead = true;
	list_for_each_entry(ring, &rings->list, node)
		wake_up_interruptible_poll(&ring->wait, EPOLLIN | EPOLLHUP);
	spin_unlock_bh(&rings->lock);
}

/* The sum over all readers, those that are gone included. */
void sgap_rings_totals(struct sgap_rings *rings, struct sgap_ring_totals *sum)
{
	struct sgap_ring *ring;
	bool more;

	do {
		more = false;
		spin_lock_bh(&rings->lock);
		*sum = rings->closed;
		list_for_each_entry(ring, &rings->list, node) {
			more |= follow(ring, FOLLOW_CHUNK) == FOLLOW_CHUNK;
			sum->made += ring->count.made;
			sum->read += ring->count.read;
			sum->lost += ring->count.lost;
		}
		spin_unlock_bh(&rings->lock);
	} while (more && !fatal_signal_pending(current));
}

static void wake(struct irq_work *work)
{
	struct sgap_ring *ring = container_of(work, struct sgap_ring, wake);

	wake_up_interruptible_poll(&ring->wait, EPOLLIN | EPOLLRDNORM);
}

static void wake_later(struct timer_list *timer)
{
	struct sgap_ring *ring = container_of(timer, struct sgap_ring, later);

	spin_lock(&ring->rings->lock);
	ring->waiting = false;
	ring->woken = jiffies;
	spin_unlock(&ring->rings->lock);
	wake(&ring->wake);
}

static void free_pages_of(struct sgap_ring *ring)
{
	u32 i;

	for (i = 0; i < ring->npages; i++)
		__free_page(ring->pages[i]);
	kvfree(ring->pages);
}

/* The pages, the data's entered twice so that vmap() maps them twice. */
static int alloc_pages_of(struct sgap_ring *ring, u32 ndata)
{
	u32 i, n = 2 + ndata;

	ring->pages = kvmalloc_array(n + ndata, sizeof(*ring->pages), GFP_KERNEL_ACCOUNT);
	if (!ring->pages)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		ring->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!ring->pages[i])
			goto err_pages;
		ring->npages++;
	}
	memcpy(ring->pages + n, ring->pages + 2, ndata * sizeof(*ring->pages));
	return 0;

err_pages:
	free_pages_of(ring);
	return -ENOMEM;
}

static struct sgap_ring *ring_alloc(u32 bytes)
{
	u32 ndata = bytes >> PAGE_SHIFT;
	struct sgap_ring *ring;
	void *map;

	ring = kzalloc(sizeof(*ring), GFP_KERNEL_ACCOUNT);
	if (!ring)
		return NULL;
	if (alloc_pages_of(ring, ndata))
		goto err_pages;
	map = vmap(ring->pages, 2 + 2 * ndata, VM_MAP | VM_USERMAP, PAGE_KERNEL);
	if (!map)
		goto err_map;
	ring->cons = map;
	ring->prod = map + PAGE_SIZE;
	ring->data = map + 2 * PAGE_SIZE;
	ring->mask = bytes - 1;
	ring->prod->size = bytes;
	mutex_init(&ring->reading);
	init_waitqueue_head(&ring->wait);
	init_irq_work(&ring->wake, wake);
	timer_setup(&ring->later, wake_later, 0);
	ring->woken = jiffies - msecs_to_jiffies(WAKE_PAUSE_MS);
	return ring;

err_map:
	free_pages_of(ring);
err_pages:
	kfree(ring);
	return NULL;
}

static void ring_free(struct sgap_ring *ring)
{
	timer_delete_sync(&ring->later);
	irq_work_sync(&ring->wake);
	vunmap(ring->cons);
	free_pages_of(ring);
	kfree(ring);
}

/**
 * sgap_ring_open - a ring for a new reader
 * @rings: of the device
 * @bytes: of data, a power of two
 *
 * Returns -ENODEV when the device has gone, -EUSERS when it has as many
 * readers as it may.
 */
struct sgap_ring *sgap_ring_open(struct sgap_rings *rings, u32 bytes)
{
	struct sgap_ring *ring = ring_alloc(bytes);
	int ret = 0;

	if (!ring)
		return ERR_PTR(-ENOMEM);
	ring->rings = rings;
	spin_lock_bh(&rings->lock);
	if (rings->dead)
		ret = -ENODEV;
	else if (rings->n >= SGAP_RINGS_MAX)
		ret = -EUSERS;
	else
		list_add_tail(&ring->node, &rings->list);
	if (!ret)
		WRITE_ONCE(rings->n, rings->n + 1);
	spin_unlock_bh(&rings->lock);
	if (ret) {
		ring_free(ring);
		return ERR_PTR(ret);
	}
	return ring;
}

/* What was still waiting is lost with its reader. */
void sgap_ring_close(struct sgap_ring *ring)
{
	struct sgap_rings *rings = ring->rings;
	int more;

	do {
		spin_lock_bh(&rings->lock);
		more = follow(ring, FOLLOW_CHUNK) == FOLLOW_CHUNK;
		spin_unlock_bh(&rings->lock);
	} while (more);
	spin_lock_bh(&rings->lock);
	list_del(&ring->node);
	WRITE_ONCE(rings->n, rings->n - 1);
	rings->closed.made += ring->count.made;
	rings->closed.read += ring->count.read;
	rings->closed.lost += ring->count.made - ring->count.read;
	spin_unlock_bh(&rings->lock);
	ring_free(ring);
}

/* Is there something to read? If not, ask to be woken. */
static bool readable(struct sgap_ring *ring)
{
	u64 tail;

	lockdep_assert_held(&ring->rings->lock);
	follow(ring, FOLLOW_FULL);
	if (ring->gap.n && ring_space(ring) >= sizeof(struct sgap_rec_lost) + ROOM_EVENTS) {
		put_lost(ring);
		publish(ring, false);
	}
	tail = ring->mode == SGAP_RING_MMAP ? READ_ONCE(ring->cons->pos) : ring->tail;
	if (tail != ring->head)
		return true;
	ring->waiting = true;
	return false;
}

static bool ready(struct sgap_ring *ring)
{
	bool yes;

	spin_lock_bh(&ring->rings->lock);
	yes = readable(ring) || ring->rings->dead;
	spin_unlock_bh(&ring->rings->lock);
	return yes;
}

__poll_t sgap_ring_poll(struct sgap_ring *ring, struct file *file, poll_table *wait)
{
	__poll_t mask = 0;

	poll_wait(file, &ring->wait, wait);
	spin_lock_bh(&ring->rings->lock);
	if (readable(ring))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (ring->rings->dead)
		mask |= EPOLLHUP;
	spin_unlock_bh(&ring->rings->lock);
	return mask;
}

/* Which of the two ways of reading this descriptor uses: the first one tried. */
static bool set_mode(struct sgap_ring *ring, enum sgap_ring_mode mode)
{
	bool ok;

	spin_lock_bh(&ring->rings->lock);
	if (ring->mode == SGAP_RING_IDLE)
		ring->mode = mode;
	ok = ring->mode == mode;
	spin_unlock_bh(&ring->rings->lock);
	return ok;
}

/*
 * What there is to copy now; -EAGAIN when there is nothing, -ENODEV when there
 * never will be.
 */
static int snapshot(struct sgap_ring *ring, u64 *tail, u64 *head)
{
	int ret = 0;

	spin_lock_bh(&ring->rings->lock);
	if (!readable(ring))
		ret = ring->rings->dead ? -ENODEV : -EAGAIN;
	*tail = ring->tail;
	*head = ring->head;
	spin_unlock_bh(&ring->rings->lock);
	return ret;
}

/* Copy as many whole records as fit. */
static ssize_t copy_records(struct sgap_ring *ring, char __user *buf, size_t count)
{
	u64 tail, head, pos, n = 0;
	int ret;

	lockdep_assert_held(&ring->reading);
	ret = snapshot(ring, &tail, &head);
	if (ret)
		return ret;
	for (pos = tail; pos != head; pos += rec_at(ring, pos)->len) {
		if (pos + rec_at(ring, pos)->len - tail > count)
			break;
		n += rec_at(ring, pos)->type != SGAP_REC_LOST;
	}
	if (pos == tail)
		return -EMSGSIZE;
	if (copy_to_user(buf, rec_at(ring, tail), pos - tail))
		return -EFAULT;
	spin_lock_bh(&ring->rings->lock);
	ring->tail = pos;
	ring->count.read += n;
	spin_unlock_bh(&ring->rings->lock);
	return pos - tail;
}

ssize_t sgap_ring_read(struct sgap_ring *ring, char __user *buf, size_t count, bool nonblock)
{
	ssize_t ret;

	if (!set_mode(ring, SGAP_RING_READ))
		return -EBUSY;
	for (;;) {
		if (mutex_lock_interruptible(&ring->reading))
			return -ERESTARTSYS;
		ret = copy_records(ring, buf, count);
		mutex_unlock(&ring->reading);
		if (ret != -EAGAIN || nonblock)
			return ret;
		if (wait_event_interruptible(ring->wait, ready(ring)))
			return -ERESTARTSYS;
	}
}

/**
 * sgap_ring_mmap - map the ring, or a part of it, into a reader
 * @ring: of the open file
 * @vma: shared; writable for exactly the consumer page, else read-only for good
 */
int sgap_ring_mmap(struct sgap_ring *ring, struct vm_area_struct *vma)
{
	bool consumer = !vma->vm_pgoff && vma->vm_end - vma->vm_start == PAGE_SIZE;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC || (vma->vm_flags & VM_WRITE && !consumer))
		return -EPERM;
	if (!set_mode(ring, SGAP_RING_MMAP))
		return -EBUSY;
	sgap_vm_flags_set(vma, VM_DONTCOPY, VM_MAYEXEC | (consumer ? 0 : VM_MAYWRITE));
	return remap_vmalloc_range(vma, ring->cons, vma->vm_pgoff);
}
