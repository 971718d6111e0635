-- publish.lua for a farm with servers of the older package, Microsoft.AspNet.SignalR.StackExchangeRedis: the messages of a batch
-- go out one by one in its format, each with an id of its own from its counter. Servers of this library find in the history what
-- they find on the channel.
--
-- KEYS[1]  legacy counter  the last id given; servers of the older package count here alone
-- KEYS[2]  counter         the same for servers that write this library's format; the higher of both counts
-- KEYS[3]  publisher       number of the last batch stored for this publisher; expires
-- KEYS[4]  history         Redis Stream of payloads, entry id <id>-0; the newer part
-- KEYS[5]  history:older   its older part, dropped when the newer part is full
-- KEYS[6]  history:bytes   bytes in the newer part; its expiry says the age of that part
-- ARGV[1]  channel         where the payloads are published
-- ARGV[2]  floor           the highest id the publisher has seen; ids never go below
-- ARGV[3]  number          the publisher's number of the batch
-- ARGV[4]  oldest          the lowest number the publisher has not settled; what is below was stored or given up
-- ARGV[5]  settled         the highest number that Redis has confirmed and the publisher could still send again; 0 for none
-- ARGV[6]  publisher ttl   milliseconds the publisher's record lives
-- ARGV[7]  history bytes   the history may hold; 0 for none
-- ARGV[8]  history ttl     milliseconds a message stays in each part of the history at most, and the history outlives its last batch
-- ARGV[9…] payloads        without the id and the space before and the previous id behind; with none nothing is stored, and only the
--                          record is compared
--
-- Returns what publish.lua returns. Errors leave everything as it was.

local first = 8
local count, number = #ARGV - first, tonumber(ARGV[3])
local stored = tonumber(redis.call('GET', KEYS[3]) or 0)
if stored < tonumber(ARGV[5]) then
  return {3, stored}
end
if count == 0 then
  return {2, 0}
end
if number <= stored then
  -- Written anew, so that a WAIT after this call covers it.
  redis.call('SET', KEYS[3], string.format('%.0f', stored), 'PX', ARGV[6])
  return {2, 0}
end
if number ~= stored + 1 and number ~= tonumber(ARGV[4]) then
  return {0, stored}
end

local last
for key = 1, 2 do
  local counter = redis.call('GET', KEYS[key])
  if counter then
    local id = tonumber(counter)
    if not id or id < 0 or id > 9007199254740000 then
      return redis.error_reply('ERR the counter ' .. KEYS[key] .. ' of the backplane is not an id')
    end
    last = math.max(last or 0, id)
  end
end

-- As in publish.lua, but for milliseconds instead of microseconds: from 10^14 on, a server of the older package would write its own ids
-- as 1e+14.
local floor = tonumber(ARGV[2])
local previous = math.max(last or 0, floor)
local base = last
if not last or last < floor then
  local time = redis.call('TIME')
  base = math.max(previous + 1048576, time[1] * 1000 + math.floor(time[2] / 1000))
end

local limit = tonumber(ARGV[7])
if limit > 0 then
  -- What the history holds was given, whatever the counters say.
  local newest = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', 1)[1]
  local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
  if top > base then
    if top > 9007199254740000 then
      return redis.error_reply('ERR the history ' .. KEYS[4] .. ' of the backplane holds what is not an id')
    end
    previous, base = math.max(previous, top), top
  end
end

local function u64(id)
  return struct.pack('<I4I4', id % 4294967296, math.floor(id / 4294967296))
end

local payloads, size = {}, 0
for i = 1, count do
  local id = string.format('%.0f', base + i)
  payloads[i] = id .. ' ' .. ARGV[first + i] .. u64(i == 1 and previous or base + i - 1)
  if limit > 0 then
    -- Ids rise above the newest, so that this fails for the first or for none.
    redis.call('XADD', KEYS[4], id .. '-0', 'f', payloads[i])
    size = size + #payloads[i] + 120 -- what an entry costs Redis besides its payload
  end
end
if limit > 0 then
  -- As in publish.lua.
  local held = redis.pcall('INCRBY', KEYS[6], size)
  if type(held) ~= 'number' then
    held = size
    redis.call('SET', KEYS[6], size)
  end
  if held > limit / 2 or held == size and redis.call('XLEN', KEYS[4]) > count then
    redis.call('RENAME', KEYS[4], KEYS[5])
    redis.call('PEXPIRE', KEYS[5], ARGV[8])
    redis.call('SET', KEYS[6], 0, 'PX', ARGV[8])
  else
    redis.call('PEXPIRE', KEYS[4], ARGV[8])
    if held == size then
      redis.call('PEXPIRE', KEYS[6], ARGV[8])
    end
  end
end

local top = string.format('%.0f', base + count)
redis.call('SET', KEYS[1], top)
redis.call('SET', KEYS[2], top)
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[6])
for i = 1, count do
  redis.call('PUBLISH', ARGV[1], payloads[i])
end
return {1, base + 1}
