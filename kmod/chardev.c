// SPDX-License-Identifier: GPL-2.0-only
#include "chardev.h"
#include "compat.h"

#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#define MINORS 4096

static dev_t first_devt;
static DEFINE_IDA(minors);

static struct sgap_chardev *to_chardev(const struct device *dev)
{
	return container_of(dev, struct sgap_chardev, dev);
}

static void get_ifname(struct sgap_chardev *c, char name[IFNAMSIZ])
{
	spin_lock(&c->lock);
	strscpy(name, c->ifname, IFNAMSIZ);
	spin_unlock(&c->lock);
}

static ssize_t ifname_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	char name[IFNAMSIZ];

	get_ifname(to_chardev(dev), name);
	return sysfs_emit(buf, "%s\n", name);
}
static DEVICE_ATTR_RO(ifname);

static ssize_t ifindex_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", to_chardev(dev)->ifindex);
}
static DEVICE_ATTR_RO(ifindex);

static ssize_t netns_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_chardev(dev)->netns);
}
static DEVICE_ATTR_RO(netns);

static ssize_t minor_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", sgap_chardev_minor(to_chardev(dev)));
}
static DEVICE_ATTR_RO(minor);

static struct attribute *chardev_attrs[] = {
	&dev_attr_ifname.attr,
	&dev_attr_ifindex.attr,
	&dev_attr_netns.attr,
	&dev_attr_minor.attr,
	NULL
};
ATTRIBUTE_GROUPS(chardev);

static int chardev_uevent(SGAP_UEVENT_CONST struct device *dev, struct kobj_uevent_env *env)
{
	struct sgap_chardev *c = to_chardev(dev);
	char name[IFNAMSIZ];
	int ret;

	get_ifname(c, name);
	ret = add_uevent_var(env, "STOPGAP_IFNAME=%s", name);
	if (!ret)
		ret = add_uevent_var(env, "STOPGAP_IFINDEX=%d", c->ifindex);
	if (!ret)
		ret = add_uevent_var(env, "STOPGAP_NETNS=%u", c->netns);
	return ret;
}

static struct class stopgap_class = {
	.name = "stopgap",
	.dev_groups = chardev_groups,	/* there before the uevent is sent */
	.dev_uevent = chardev_uevent,
};

static int chardev_open(struct inode *inode, struct file *file)
{
	struct sgap_chardev *c = container_of(inode->i_cdev, struct sgap_chardev, cdev);
	struct sgap_ring *ring;

	get_device(&c->dev);
	ring = sgap_ring_open(&c->rings, READ_ONCE(c->ring_bytes));
	if (IS_ERR(ring)) {
		put_device(&c->dev);
		return PTR_ERR(ring);
	}
	file->private_data = ring;
	return stream_open(inode, file);
}

static int chardev_release(struct inode *inode, struct file *file)
{
	struct sgap_ring *ring = file->private_data;
	struct sgap_chardev *c = container_of(ring->rings, struct sgap_chardev, rings);

	sgap_ring_close(ring);
	put_device(&c->dev);
	return 0;
}

static ssize_t chardev_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return sgap_ring_read(file->private_data, buf, count, file->f_flags & O_NONBLOCK);
}

static __poll_t chardev_poll(struct file *file, poll_table *wait)
{
	return sgap_ring_poll(file->private_data, file, wait);
}

static int chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	return sgap_ring_mmap(file->private_data, vma);
}

/* An open file holds the module: rmmod says "in use" until it is closed. */
static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.read = chardev_read,
	.poll = chardev_poll,
	.mmap = chardev_mmap,
};

static void chardev_free(struct device *dev)
{
	ida_free(&minors, MINOR(dev->devt));
	kfree(to_chardev(dev));
}

static struct sgap_chardev *chardev_alloc(void)
{
	struct sgap_chardev *c;
	int minor;

	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return ERR_PTR(-ENOMEM);
	minor = ida_alloc_max(&minors, MINORS - 1, GFP_KERNEL);
	if (minor < 0) {
		kfree(c);
		return ERR_PTR(minor);
	}
	device_initialize(&c->dev);
	c->dev.devt = MKDEV(MAJOR(first_devt), minor);
	c->dev.class = &stopgap_class;
	c->dev.release = chardev_free;
	spin_lock_init(&c->lock);
	sgap_rings_init(&c->rings);
	cdev_init(&c->cdev, &chardev_fops);
	c->cdev.owner = THIS_MODULE;
	return c;
}

/**
 * sgap_chardev_add - make /dev/stopgapN for an interface
 * @ifname: its name
 * @ifindex: its index
 * @netns: inode number of its network namespace
 * @ring_bytes: of a reader's ring, a power of two
 *
 * Sleeps. Returns -ENOSPC when all minors are taken.
 */
struct sgap_chardev *sgap_chardev_add(const char *ifname, int ifindex, unsigned int netns,
				      u32 ring_bytes)
{
	struct sgap_chardev *c = chardev_alloc();
	int ret;

	if (IS_ERR(c))
		return c;
	strscpy(c->ifname, ifname, sizeof(c->ifname));
	c->ifindex = ifindex;
	c->netns = netns;
	c->ring_bytes = ring_bytes;
	ret = dev_set_name(&c->dev, "stopgap%d", sgap_chardev_minor(c));
	if (!ret)
		ret = cdev_device_add(&c->cdev, &c->dev);
	if (ret) {
		put_device(&c->dev);
		return ERR_PTR(ret);
	}
	return c;
}

/* The interface has a new name: udev moves its link at the change event. */
void sgap_chardev_rename(struct sgap_chardev *c, const char *ifname)
{
	spin_lock(&c->lock);
	strscpy(c->ifname, ifname, sizeof(c->ifname));
	spin_unlock(&c->lock);
	kobject_uevent(&c->dev.kobj, KOBJ_CHANGE);
}

/* Readers learn that it is over; the memory goes with the last of them. */
void sgap_chardev_del(struct sgap_chardev *c)
{
	sgap_rings_kill(&c->rings);
	cdev_device_del(&c->cdev, &c->dev);
	put_device(&c->dev);
}

int __init sgap_chardev_init(void)
{
	int ret;

	ret = alloc_chrdev_region(&first_devt, 0, MINORS, "stopgap");
	if (ret)
		return ret;
	ret = class_register(&stopgap_class);
	if (ret)
		unregister_chrdev_region(first_devt, MINORS);
	return ret;
}

void sgap_chardev_uninit(void)
{
	class_unregister(&stopgap_class);
	unregister_chrdev_region(first_devt, MINORS);
	ida_destroy(&minors);
}
