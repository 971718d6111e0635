-- Stores one batch: gives its messages their ids, keeps it in the history and publishes it, all or nothing.
-- A batch that is stored already is recognised, so that a publisher may send it again after a broken connection.
--
-- KEYS[1]  counter         the last id given in this stream
-- KEYS[2]  publisher       number of the last batch stored for this publisher; expires
-- KEYS[3]  history         Redis Stream of frames, entry id <last id of the batch>-0; the newer part
-- KEYS[4]  history:older   its older part, dropped when the newer part is full
-- KEYS[5]  history:bytes   bytes in the newer part
-- ARGV[1]  channel         where the frame is published
-- ARGV[2]  magic           the first bytes of every frame
-- ARGV[3]  floor           the highest id the publisher has seen; ids never go below
-- ARGV[4]  count           messages in the batch
-- ARGV[5]  number          the publisher's number of the batch
-- ARGV[6]  oldest          the lowest number the publisher has not settled; what is below was stored or given up
-- ARGV[7]  settled         the highest number that Redis has confirmed and the publisher could still send again; 0 for none
-- ARGV[8]  publisher ttl   milliseconds the publisher's record lives
-- ARGV[9]  history bytes   the history may hold; 0 for none
-- ARGV[10] history ttl     milliseconds the history outlives its last batch
-- ARGV[11] frame           the frame behind its ids; with a count of 0 nothing is stored, and only the record is compared
-- ARGV[12] apart           1 when the frame is whole, its ids 0, and is published behind its ids instead of joined to them: Lua reads every
--                          byte of every string that it makes, which for a large frame takes longer than all the rest
--
-- Returns {1, first id} when stored, {2, 0} when it was stored before, {0, number} when it does not follow the last stored number,
-- {3, number} when Redis has lost its memory (restart, flush, failover to a replica that lagged) and knows only batches up to that number.
-- Errors leave everything as it was.

local count, number = tonumber(ARGV[4]), tonumber(ARGV[5])
local stored = tonumber(redis.call('GET', KEYS[2]) or 0)
if stored < tonumber(ARGV[7]) then
  return {3, stored}
end
if count == 0 then
  return {2, 0}
end
if number <= stored then
  -- Written anew, so that a WAIT after this call covers it.
  redis.call('SET', KEYS[2], string.format('%.0f', stored), 'PX', ARGV[8])
  return {2, 0}
end
if number ~= stored + 1 and number ~= tonumber(ARGV[6]) then
  return {0, stored}
end

local floor = tonumber(ARGV[3])
local counter = redis.call('GET', KEYS[1])
local last = tonumber(counter or 0)
if not last or last < 0 or last > 9007199254740000 then
  return redis.error_reply('ERR the counter ' .. KEYS[1] .. ' of the backplane is not an id')
end

-- What the stream may have held before this batch, and the id before its first one. The two differ where the counter is new or
-- rolled back: the clock in microseconds is below 2^53 and above every id given before. Where the clock stands behind, a leap does as well: other publishers
-- may have seen ids above this one's floor, though not a million.
local previous = math.max(last, floor)
local base = last
if not counter or last < floor then
  local time = redis.call('TIME')
  base = math.max(previous + 1048576, time[1] * 1000000 + time[2])
end

-- Looked at before the first write: an error must leave everything as it was.
local limit = tonumber(ARGV[9])
local held = limit > 0 and tonumber(redis.call('GET', KEYS[5]) or 0) or 0

-- In two halves: Garnet packs an I8 wrongly.
local function u64(id)
  return struct.pack('<I4I4', id % 4294967296, math.floor(id / 4294967296))
end
local apart = ARGV[12] == '1'
local function head()
  local ids = ARGV[2] .. u64(previous) .. u64(base + 1)
  -- Apart, the ids say whose they are: publisher and number of the batch.
  return apart and ids .. string.sub(ARGV[11], 21, 44) or ids .. ARGV[11]
end
local function append(bytes)
  local id = string.format('%.0f-0', base + count)
  if apart then
    return redis.pcall('XADD', KEYS[3], id, 'i', bytes, 'f', ARGV[11])
  end
  return redis.pcall('XADD', KEYS[3], id, 'f', bytes)
end

local bytes = head()
if limit > 0 then
  local added = append(bytes)
  if type(added) == 'table' and added.err then
    -- The counter was lost or set back and the history was not: go on above what the history holds.
    local newest = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
    local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
    if top < base + count or top > 9007199254740000 then
      return redis.error_reply(added.err)
    end
    previous, base = math.max(previous, top), top
    bytes = head()
    added = append(bytes)
    if type(added) == 'table' and added.err then
      return redis.error_reply(added.err)
    end
  end

  held = held + #ARGV[11] + 120 -- what an entry costs Redis besides its frame
  if held > limit / 2 then
    redis.call('RENAME', KEYS[3], KEYS[4])
    redis.call('PEXPIRE', KEYS[4], ARGV[10])
    held = 0
  else
    redis.call('PEXPIRE', KEYS[3], ARGV[10])
  end
  redis.call('SET', KEYS[5], string.format('%.0f', held), 'PX', ARGV[10])
end

redis.call('SET', KEYS[1], string.format('%.0f', base + count))
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[8])
redis.call('PUBLISH', ARGV[1], bytes)
if apart then
  redis.call('PUBLISH', ARGV[1], ARGV[11])
end
return {1, base + 1}
