# SPDX-License-Identifier: GPL-2.0-or-later
# A reader that writes nonsense to its consumer page harms nobody but itself, and
# what it may not map or do is refused.
# in turn on debug: 109 s
# clock: instructions
# limit: 180
. "$STOPGAP_TOP/tests/vm/lib.sh"
. "$STOPGAP_TOP/tests/vm/tools/tap.sh"
require dnsperf nsd

check "insmod" load_module
check "two namespaces" make_ns a b
check "a veth" link_ns a v0 192.0.2.1/24 b v1 192.0.2.2/24
make_zone "$WORK/zone" example.test 100
make_queries "$WORK/queries" example.test 100 "$(scaled 1000)"
check "nsd" start_dns auth nsd b 192.0.2.2 zone "$WORK/zone" example.test
check "tap" in_ns_tap a add v0 ring=65536
dev=$(dev_of a v0)

cat >"$WORK/maps.py" <<'END'
import errno, mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)
page = mmap.PAGESIZE
n = 1
def attempt(what, want, length, prot, offset=0, flags=mmap.MAP_SHARED):
	try:
		m = mmap.mmap(fd, length, flags, prot, offset=offset)
		m.close()
		got = 0
	except OSError as e:
		got = e.errno
	print("good" if got == want else "wrong", what, "gives", errno.errorcode.get(got, got))
R, W, X = mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC
ring = 65536
attempt("the whole ring to write", errno.EPERM, 2 * page + 2 * ring, R | W)
attempt("the producer page to write", errno.EPERM, page, R | W, page)
attempt("two pages to write", errno.EPERM, 2 * page, R | W)
attempt("the data to write", errno.EPERM, ring, R | W, 2 * page)
attempt("the consumer page to execute", errno.EPERM, page, R | X)
attempt("a private mapping", errno.EINVAL, page, R, 0, mmap.MAP_PRIVATE)
attempt("more than there is", errno.EINVAL, 3 * page + 2 * ring, R)
attempt("beyond the end", errno.EINVAL, page, R, 2 * page + 2 * ring)
attempt("the consumer page to write", 0, page, R | W)
attempt("all of it to read", 0, 2 * page + 2 * ring, R)
try:
	os.read(fd, 4096)
	print("wrong read after mmap")
except OSError as e:
	print("good" if e.errno == errno.EBUSY else "wrong", "read after mmap gives", errno.errorcode[e.errno])
m = mmap.mmap(fd, page, mmap.MAP_SHARED, R, offset=page)
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
buf = (ctypes.c_char * page).from_buffer_copy(m)
fd2 = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)
try:
	os.read(fd2, 4096)
except BlockingIOError:
	pass
try:
	mmap.mmap(fd2, page, mmap.MAP_SHARED, R)
	print("wrong mmap after read")
except OSError as e:
	print("good" if e.errno == errno.EBUSY else "wrong", "mmap after read gives", errno.errorcode[e.errno])
END
python3 "$WORK/maps.py" "$dev" >"$WORK/maps.out" 2>&1
while read -r verdict what; do
	is "$what" "$verdict" good
done <"$WORK/maps.out"
is "all was tried" "$(wc -l <"$WORK/maps.out")" 12

check "a reader who behaves" start_reader good "$dev"
check "another, by mmap" start_reader goodmap -m "$dev"
for how in random ahead back middle frozen; do
	check "one who writes $how positions" start_reader "$how" -x "$how" "$dev"
done
out=$(in_ns a dnsperf -s 192.0.2.2 -d "$WORK/queries" -n 10 -c 4 -q 40 2>&1)
sent=$(dnsperf_figure "$out" 'Queries sent')
is "no query is lost" "$(dnsperf_figure "$out" 'Queries lost')" 0
is "all are counted" "$(counter a v0 answered)" "$sent"
check "the sums hold" conserves a v0
for how in random ahead back middle frozen; do
	kill -9 "$(reader_pid $how)"
done
closed() { [ "$(counter a v0 readers)" = 2 ]; }
check "they are gone" wait_for 10 closed
check "the sums still hold" conserves a v0
check "the tap is deleted" in_ns_tap a del v0
for r in good goodmap; do
	check "$r ends" wait_for 20 grep -q '^answered' "$WORK/$r.out"
	is "$r got or was told of every record" \
		"$(($(reader_value $r answered) + $(reader_value $r lost) >= sent))" 1
	is "$r saw nothing wrong" "$(reader_wrong $r)" ""
done

# Too small a buffer is not the end of the record.
check "tap again" in_ns_tap a add v0
dev=$(dev_of a v0)
cat >"$WORK/small.py" <<'END'
import errno, os, select, struct, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
print("open", flush=True)
select.poll().poll(0)
p = select.poll()
p.register(fd, select.POLLIN)
p.poll()
try:
	os.read(fd, 64)
	print("wrong")
except OSError as e:
	print(errno.errorcode[e.errno])
rec = os.read(fd, 4096)
print(struct.unpack_from("<IH", rec)[1])
END
python3 "$WORK/small.py" "$dev" >"$WORK/small.out" 2>&1 &
check "someone reads with a small buffer" wait_for 10 grep -q open "$WORK/small.out"
in_ns a dig +short @192.0.2.2 www.example.test A >/dev/null
check "EMSGSIZE, and the record is still there" wait_for 10 grep -qx 1 "$WORK/small.out"
is "in that order" "$(tr '\n' ' ' <"$WORK/small.out")" "open EMSGSIZE 1 "
finish
