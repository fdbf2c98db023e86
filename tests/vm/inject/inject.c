// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames from a test straight to the netfilter hooks of an interface, as they would come in or
 * go out, with nothing of the stack around: a million of them on a kernel with all checkers in the
 * time that sending takes for some ten thousand. A whole frame lies at the very end of memory
 * of its own, so that a checker notices one byte read past it.
 *
 * write() to /dev/inject takes a batch of frames, each a struct head and its bytes. It returns
 * what it took, up to the first frame that it does not understand (EINVAL), that is for no
 * interface of the writer's network namespace (ENODEV), or that a hook did not let pass (EIO).
 */
#include <linux/etherdevice.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/nsproxy.h>
#include <linux/skbuff.h>
#include <linux/uaccess.h>

#define FRAME_MAX 1514u
#define BATCH_MAX (1u << 20)

#define EGRESS 1u		/* as it goes out */
#define FOR_OTHERS 2u		/* coming in, for another host */
#define SPLIT 4u		/* its second half in a page */

struct head {
	u32 ifindex;
	u16 len;
	u16 flags;
};

/*
 * What shows the frames is made once, and memory for a whole one when its length comes first: a
 * checker takes longer over an allocation than over a frame. One writer at a time uses them. If a
 * hook kept hold of one, it would show only where frames pass that are gone afterwards.
 */
static void *memory[FRAME_MAX + 1];
static struct sk_buff *whole, *split;
static struct page *rest;		/* of a split one */
static DEFINE_MUTEX(lock);

static int pass(struct sk_buff *skb, struct net_device *dev, u16 flags)
{
	int ret;

	skb_reset_mac_header(skb);
	if (flags & EGRESS) {
		skb->dev = dev;
		skb->protocol = eth_hdr(skb)->h_proto;
	} else {
		skb->protocol = eth_type_trans(skb, dev);
		skb->pkt_type = flags & FOR_OTHERS ? PACKET_OTHERHOST : PACKET_HOST;
	}
	skb_set_network_header(skb, flags & EGRESS ? ETH_HLEN : 0);
	/* Who drops it drops this reference. */
	skb_get(skb);
	local_bh_disable();
	rcu_read_lock();
	if (flags & EGRESS)
		ret = nf_hook_egress(skb, &ret, dev) ? 0 : -EIO;
	else
		ret = nf_hook_ingress(skb) < 0 ? -EIO : 0;
	rcu_read_unlock();
	local_bh_enable();
	if (!ret)
		refcount_dec(&skb->users);
	return ret;
}

static void empty(struct sk_buff *skb)
{
	skb->data = skb->head;
	skb->len = 0;
	skb->data_len = 0;
	skb_reset_tail_pointer(skb);
}

static int pass_split(const u8 *p, u32 len, struct net_device *dev, u16 flags)
{
	u32 first = max(len / 2, (u32)ETH_HLEN);
	int ret;

	skb_put_data(split, p, first);
	memcpy(page_address(rest), p + first, len - first);
	skb_fill_page_desc(split, 0, rest, 0, len - first);
	split->len = len;
	split->data_len = len - first;
	ret = pass(split, dev, flags);
	skb_shinfo(split)->nr_frags = 0;
	empty(split);
	return ret;
}

/* A packet in memory that just holds it: nothing that hooks may do needs what follows. */
static int pass_whole(const u8 *p, u32 len, struct net_device *dev, u16 flags)
{
	struct sk_buff *skb = whole;
	unsigned char *head = skb->head;
	unsigned int end = skb->end;
	int ret;

	if (!memory[len])
		memory[len] = kmalloc(len, GFP_KERNEL);
	if (!memory[len])
		return -ENOMEM;
	skb->head = memory[len];
	skb->end = len;
	empty(skb);
	skb_put_data(skb, p, len);
	ret = pass(skb, dev, flags);
	skb->head = head;
	skb->end = end;
	empty(skb);
	return ret;
}

static int take(const struct head *h, const u8 *p)
{
	struct net_device *dev = dev_get_by_index(current->nsproxy->net_ns, h->ifindex);
	int ret;

	if (!dev)
		return -ENODEV;
	if (h->flags & SPLIT)
		ret = pass_split(p, h->len, dev, h->flags);
	else
		ret = pass_whole(p, h->len, dev, h->flags);
	dev_put(dev);
	return ret;
}

static ssize_t take_batch(const u8 *p, size_t count)
{
	size_t at = 0;
	struct head h;
	int ret;

	while (at < count) {
		if (count - at < sizeof(h))
			return at ?: -EINVAL;
		memcpy(&h, p + at, sizeof(h));
		if (h.len < ETH_HLEN || h.len > FRAME_MAX || count - at - sizeof(h) < h.len)
			return at ?: -EINVAL;
		ret = take(&h, p + at + sizeof(h));
		if (ret)
			return at ?: ret;
		at += sizeof(h) + h.len;
		cond_resched();
	}
	return at;
}

static ssize_t inject_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	ssize_t ret;
	u8 *batch;

	batch = vmemdup_user(buf, min_t(size_t, count, BATCH_MAX));
	if (IS_ERR(batch))
		return PTR_ERR(batch);
	mutex_lock(&lock);
	ret = take_batch(batch, min_t(size_t, count, BATCH_MAX));
	mutex_unlock(&lock);
	kvfree(batch);
	return ret;
}

static const struct file_operations inject_fops = {
	.owner = THIS_MODULE,
	.write = inject_write,
};

static struct miscdevice inject_dev = {
	.minor = MISC_DYNAMIC_MINOR, .name = "inject", .fops = &inject_fops,
};

static void free_all(void)
{
	u32 i;

	for (i = 0; i <= FRAME_MAX; i++)
		kfree(memory[i]);
	kfree_skb(whole);
	kfree_skb(split);
	if (rest)
		__free_page(rest);
}

static int __init inject_init(void)
{
	int ret = -ENOMEM;

	whole = alloc_skb(0, GFP_KERNEL);
	split = alloc_skb(FRAME_MAX, GFP_KERNEL);
	rest = alloc_page(GFP_KERNEL);
	if (whole && split && rest)
		ret = misc_register(&inject_dev);
	if (ret)
		free_all();
	return ret;
}

static void __exit inject_exit(void)
{
	misc_deregister(&inject_dev);
	free_all();
}

module_init(inject_init);
module_exit(inject_exit);
MODULE_DESCRIPTION("Frames for the hooks of an interface, for tests");
MODULE_LICENSE("GPL");
