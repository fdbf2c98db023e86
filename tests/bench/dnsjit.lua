-- SPDX-License-Identifier: GPL-2.0-or-later
-- usage: dnsjit dnsjit.lua FILE.pcap
-- What a script for dnsjit does of the same work: UDP queries and answers matched
-- by addresses, ports and id as they come; per server RCODEs and the mean RTT.
local ffi = require("ffi")
local object = require("dnsjit.core.objects")
local input = require("dnsjit.input.mmpcap").new()
local layer = require("dnsjit.filter.layer").new()
local dns = require("dnsjit.core.object.dns").new()

input:open(arg[2])
layer:producer(input)
local producer, ctx = layer:produce()
local key = ffi.new("uint8_t[38]")
local servers, waiting = {}, {}
local messages, matched = 0, 0

local function find(obj, a, b)
	while obj ~= nil do
		if obj.obj_type == a or obj.obj_type == b then
			return obj:cast()
		end
		obj = obj.obj_prev
	end
end

-- The client's address and port, the server's, and the id.
local function make_key(ip, n, from, to, fromport, toport, id)
	ffi.copy(key, from, n)
	ffi.copy(key + n, to, n)
	key[2 * n], key[2 * n + 1] = fromport % 256, fromport / 256
	key[2 * n + 2], key[2 * n + 3] = toport % 256, toport / 256
	key[2 * n + 4], key[2 * n + 5] = id % 256, id / 256
	return ffi.string(key, 2 * n + 6)
end

while true do
	local obj = producer(ctx)
	if obj == nil then
		break
	end
	local ip = find(obj, object.IP, object.IP6)
	local udp = find(obj, object.UDP, object.UDP)
	local pcap = find(obj, object.PCAP, object.PCAP)
	dns.obj_prev = obj
	if obj:type() == "payload" and ip ~= nil and udp ~= nil and dns:parse_header() == 0 then
		local n = ip.obj_type == object.IP6 and 16 or 4
		local at = tonumber(pcap.ts.sec) * 1e9 + tonumber(pcap.ts.nsec)
		messages = messages + 1
		if dns.qr == 0 then
			local k = make_key(ip, n, ip.src, ip.dst, udp.sport, udp.dport, dns.id)
			waiting[k] = waiting[k] or at
		else
			local k = make_key(ip, n, ip.dst, ip.src, udp.dport, udp.sport, dns.id)
			local asked = waiting[k]
			if asked then
				local server = ffi.string(ip.src, n)
				local s = servers[server]
				if not s then
					s = { name = ip:source(), n = 0, sum = 0, rcode = {} }
					servers[server] = s
				end
				waiting[k] = nil
				matched = matched + 1
				s.n = s.n + 1
				s.sum = s.sum + at - asked
				s.rcode[dns.rcode] = (s.rcode[dns.rcode] or 0) + 1
			end
		end
	end
end
for _, s in pairs(servers) do
	print(s.name, s.n, s.sum / s.n / 1e6)
end
print(messages, matched)
