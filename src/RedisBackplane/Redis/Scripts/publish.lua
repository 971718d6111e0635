-- Stores one batch: gives its messages their ids, keeps it in the history and publishes it, all or nothing.
-- A batch that is stored already is recognised, so that a publisher may send it again after a broken connection.
--
-- KEYS[1]  counter         the last id given in this stream
-- KEYS[2]  publisher       number of the last batch stored for this publisher; expires
-- KEYS[3]  history         the newer part: a Redis Stream of frames, entry id <last id of the batch>-0, or where there are no streams
--                          a sorted set of them, score <last id of the batch>
-- KEYS[4]  history:older   its older part, dropped when the newer part is full
-- KEYS[5]  history:bytes   bytes in the newer part; its expiry is never renewed: when it is gone, that part has reached its age
-- KEYS[6]  server          the run id of the Redis that gave the ids, for recognize.lua
-- ARGV[1]  channel         where the frame is published
-- ARGV[2]  magic           the first bytes of every frame
-- ARGV[3]  floor           the highest id the publisher has seen; ids never go below
-- ARGV[4]  count           messages in the batch
-- ARGV[5]  number          the publisher's number of the batch
-- ARGV[6]  oldest          the lowest number the publisher has not settled; what is below was stored or given up
-- ARGV[7]  settled         the highest number that Redis has confirmed and the publisher could still send again; 0 for none
-- ARGV[8]  publisher ttl   milliseconds the publisher's record lives
-- ARGV[9]  history bytes   the history may hold; 0 for none
-- ARGV[10] history ttl     milliseconds a batch stays in each part of the history at most, and the history outlives its last batch
-- ARGV[11] frame           the frame behind its ids; with a count of 0 nothing is stored, and only the record is compared
-- ARGV[12] apart           1 when the frame is whole, its ids 0, and is published behind its ids instead of joined to them: Lua reads every
--                          byte of every string that it makes, which for a large frame takes longer than all the rest
-- ARGV[13] renew           1 when what expires is to live as long as said from now on; else that holds only for what is new. A publisher
--                          asks for it now and then, and not with every batch
-- ARGV[14] publish         PUBLISH, or SPUBLISH where the farm's channel is a sharded one
-- ARGV[15] sorted          1 where the history is made of sorted sets; each frame in them is whole, never apart
--
-- Returns {1, first id} when stored, {2, 0} when it was stored before, {0, number} when it does not follow the last stored number,
-- {3, number} when Redis has lost its memory (restart, flush, failover to a replica that lagged) and knows only batches up to that number.
-- Errors leave everything as it was.
--
-- It runs for every batch, on the one thread of Redis: each redis.call costs as much as what it calls. So one command both reads and
-- writes where that can be.

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

-- The first write. What fails after it has to take it back.
local last = redis.pcall('INCRBY', KEYS[1], ARGV[4])
if type(last) ~= 'number' then
  return redis.error_reply(last.err .. ' (incrby)')
end
last = last - count
if last < 0 or last > 9007199254740000 then
  redis.call('INCRBY', KEYS[1], '-' .. ARGV[4])
  return redis.error_reply('ERR the counter ' .. KEYS[1] .. ' of the backplane is not an id')
end

local function takeBack()
  if last == 0 then
    redis.call('DEL', KEYS[1])
  else
    redis.call('INCRBY', KEYS[1], '-' .. ARGV[4])
  end
end

-- What the stream may have held before this batch, and the id before its first one. The two differ where the counter is new or
-- rolled back: the clock in microseconds is below 2^53 and above every id given before. Where the clock stands behind, a leap does as
-- well: other publishers may have seen ids above this one's floor, though not a million.
local floor = tonumber(ARGV[3])
local previous, base = last, last
if last == 0 or last < floor then
  local time = redis.pcall('TIME')
  if time.err then
    takeBack()
    return redis.error_reply(time.err .. ' (time)')
  end
  previous = math.max(last, floor)
  base = math.max(previous + 1048576, time[1] * 1000000 + time[2])
end

local frame, apart, sorted = ARGV[11], ARGV[12] == '1', ARGV[15] == '1'
local function head()
  local first = base + 1
  -- In halves: Garnet packs an I8 wrongly.
  return ARGV[2] .. struct.pack('<I4I4I4I4',
    previous % 4294967296, math.floor(previous / 4294967296), first % 4294967296, math.floor(first / 4294967296))
    -- Apart, the ids say whose they are: publisher and number of the batch.
    .. (apart and string.sub(frame, 21, 44) or frame)
end

-- The highest id in the newer part of the history, or an error.
local function newest()
  if sorted then
    local entry = redis.pcall('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
    return entry.err and entry or tonumber(entry[2] or 0)
  end
  local entries = redis.pcall('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
  return entries.err and entries or tonumber(entries[1] and string.match(entries[1][1], '^%d+') or 0)
end
local function length()
  if sorted then
    return redis.call('ZCARD', KEYS[3])
  end
  return redis.call('XLEN', KEYS[3])
end
local function append(bytes)
  local id = string.format('%.0f', base + count)
  if sorted then
    local top = newest()
    if type(top) == 'table' then
      return top
    end
    -- A stream refuses this by itself.
    if top >= base + count then
      return {err = 'ERR the id is not above those in the history'}
    end
    return redis.pcall('ZADD', KEYS[3], id, bytes)
  end
  if apart then
    return redis.pcall('XADD', KEYS[3], id .. '-0', 'i', bytes, 'f', frame)
  end
  return redis.pcall('XADD', KEYS[3], id .. '-0', 'f', bytes)
end

local bytes = head()
local limit, renew = tonumber(ARGV[9]), ARGV[13] == '1'
if limit > 0 then
  local added = append(bytes)
  if type(added) == 'table' then
    -- Maybe the counter was lost or set back and the history was not: go on above what the history holds.
    local top = newest()
    local isKnown = type(top) == 'number'
    if isKnown and top >= base + count and top <= 9007199254740000 then
      previous, base = math.max(previous, top), top
      bytes = head()
      added = append(bytes)
    end
    if type(added) == 'table' then
      takeBack()
      if isKnown then
        return redis.error_reply(added.err .. (sorted and ' (zadd)' or ' (xadd)'))
      end
      return redis.error_reply(top.err .. (sorted and ' (zrevrange)' or ' (xrevrange)'))
    end
  end

  local size = #frame + 120 -- what an entry costs Redis besides its frame
  local held = redis.pcall('INCRBY', KEYS[5], size)
  if type(held) ~= 'number' then
    -- Somebody else's value.
    held = size
    redis.call('SET', KEYS[5], size)
  end
  if held > limit / 2 or held == size and length() > 1 then
    redis.call('RENAME', KEYS[3], KEYS[4])
    redis.call('PEXPIRE', KEYS[4], ARGV[10])
    redis.call('SET', KEYS[5], 0, 'PX', ARGV[10])
  elseif renew or held == size then
    redis.call('PEXPIRE', KEYS[3], ARGV[10])
    if held == size then
      redis.call('PEXPIRE', KEYS[5], ARGV[10])
    end
  end
end

if base ~= last then
  redis.call('SET', KEYS[1], string.format('%.0f', base + count))
  -- Or recognize.lua, where it comes later, would take the new counter for a predecessor's and delete it with ids in flight.
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
  if run then
    redis.call('SET', KEYS[6], run)
  end
end
if renew or stored == 0 or number ~= stored + 1 then
  redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[8])
else
  redis.call('INCR', KEYS[2]) -- keeps its expiry
end
redis.call(ARGV[14], ARGV[1], bytes)
if apart then
  redis.call(ARGV[14], ARGV[1], frame)
end
return {1, base + 1}
