-- Stores one batch: gives its messages their ids, keeps it in the history and publishes it, all or nothing.
-- A batch that is stored already is recognised, so that a publisher may send it again after a broken connection.
--
-- Returns {1, first id} when stored, {2, 0} when it was stored before, {0, number} when it does not follow the last stored number,
-- {3, number} when Redis has lost its memory (restart, flush, failover to a replica that lagged) and knows only batches up to that number.
-- Errors leave everything as it was.
--
-- It runs for every batch, on the one thread of Redis: each redis.call costs as much as what it calls. So one command both reads and
-- writes where that can be.

local counterKey = KEYS[1]           -- the last id given in this stream
local publisherKey = KEYS[2]         -- number of the last batch stored for this publisher; expires
local historyKey = KEYS[3]           -- the newer part of the history: a Redis Stream of frames, entry id <last id of the batch>-0, or on a
                                     -- server without streams a sorted set of them, score <last id of the batch>
local olderHistoryKey = KEYS[4]      -- its older part, dropped when the newer part is full
local historyBytesKey = KEYS[5]      -- bytes in the newer part; its expiry is never renewed: when it is gone, that part has reached its age
local serverKey = KEYS[6]            -- the run id of the Redis that gave the ids, for recognize.lua
local channel = ARGV[1]              -- the frame is published there
local magic = ARGV[2]                -- the first bytes of every frame
local floor = tonumber(ARGV[3])      -- the highest id the publisher has seen; ids never go below
local count = tonumber(ARGV[4])      -- messages in the batch; with 0 nothing is stored, and only the record is compared
local number = tonumber(ARGV[5])     -- the publisher's number of the batch
local oldest = tonumber(ARGV[6])     -- the lowest number the publisher has not settled; what is below was stored or given up
local settled = tonumber(ARGV[7])    -- the highest number that Redis has confirmed and the publisher could still send again; 0 for none
local publisherTtl = ARGV[8]         -- milliseconds the publisher's record lives
local historyLimit = tonumber(ARGV[9]) -- bytes the history may hold; 0 for none
local historyTtl = ARGV[10]          -- milliseconds a batch stays in each part of the history at most, and the history outlives its last
                                     -- batch
local frame = ARGV[11]               -- the frame behind its ids, or all of it when it is apart
local isApart = ARGV[12] == '1'      -- the frame is whole, its ids 0, and is published behind its ids instead of joined to them: Lua reads
                                     -- every byte of every string that it makes, which for a large frame takes longer than all the rest
local renews = ARGV[13] == '1'       -- what expires is to live as long as said from now on; else that holds only for what is new. A
                                     -- publisher asks for it now and then, and not with every batch
local publish = ARGV[14]             -- PUBLISH, or SPUBLISH when the farm's channel is a sharded one
local isSorted = ARGV[15] == '1'     -- the history is made of sorted sets; each frame in them is whole, never apart

--@include batch_turn.lua

-- The first write. What fails after it has to take it back.
local last = redis.pcall('INCRBY', counterKey, count)
if type(last) ~= 'number' then
  return redis.error_reply(last.err .. ' (incrby)')
end
last = last - count
if last < 0 or last > 9007199254740000 then
  redis.call('INCRBY', counterKey, -count)
  return redis.error_reply('ERR the counter ' .. counterKey .. ' of the backplane is not an id')
end

local function takeBack()
  if last == 0 then
    redis.call('DEL', counterKey)
  else
    redis.call('INCRBY', counterKey, -count)
  end
end

-- What the stream may have held before this batch, and the id before its first one. The two differ where the counter is new or
-- rolled back: the clock in microseconds is below 2^53 and above every id given before. Where the clock stands behind, a leap does as
-- well: other publishers may have seen ids above this one's floor, though not a million.
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

local function head()
  local first = base + 1
  -- In halves: Garnet packs an I8 wrongly.
  return magic .. struct.pack('<I4I4I4I4',
    previous % 4294967296, math.floor(previous / 4294967296), first % 4294967296, math.floor(first / 4294967296))
    -- Apart, the ids say whose they are: publisher and number of the batch.
    .. (isApart and string.sub(frame, 21, 44) or frame)
end

-- The highest id in the newer part of the history, or an error.
local function newest()
  if isSorted then
    local entry = redis.pcall('ZREVRANGE', historyKey, 0, 0, 'WITHSCORES')
    return entry.err and entry or tonumber(entry[2] or 0)
  end
  local entries = redis.pcall('XREVRANGE', historyKey, '+', '-', 'COUNT', 1)
  return entries.err and entries or tonumber(entries[1] and string.match(entries[1][1], '^%d+') or 0)
end
local function length()
  if isSorted then
    return redis.call('ZCARD', historyKey)
  end
  return redis.call('XLEN', historyKey)
end
local function append(bytes)
  local id = string.format('%.0f', base + count)
  if isSorted then
    local top = newest()
    if type(top) == 'table' then
      return top
    end
    -- A stream refuses this by itself.
    if top >= base + count then
      return {err = 'ERR the id is not above those in the history'}
    end
    return redis.pcall('ZADD', historyKey, id, bytes)
  end
  if isApart then
    return redis.pcall('XADD', historyKey, id .. '-0', 'i', bytes, 'f', frame)
  end
  return redis.pcall('XADD', historyKey, id .. '-0', 'f', bytes)
end

local bytes = head()
if historyLimit > 0 then
  local added = append(bytes)
  if type(added) == 'table' then
    -- The counter may have been lost or set back and the history not: go on above what the history holds.
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
        return redis.error_reply(added.err .. (isSorted and ' (zadd)' or ' (xadd)'))
      end
      return redis.error_reply(top.err .. (isSorted and ' (zrevrange)' or ' (xrevrange)'))
    end
  end

  local size = #frame + 120 -- what an entry costs Redis besides its frame
  local held = redis.pcall('INCRBY', historyBytesKey, size)
  if type(held) ~= 'number' then
    -- Somebody else's value.
    held = size
    redis.call('SET', historyBytesKey, size)
  end
  if held > historyLimit / 2 or held == size and length() > 1 then
    redis.call('RENAME', historyKey, olderHistoryKey)
    redis.call('PEXPIRE', olderHistoryKey, historyTtl)
    redis.call('SET', historyBytesKey, 0, 'PX', historyTtl)
  elseif renews or held == size then
    redis.call('PEXPIRE', historyKey, historyTtl)
    if held == size then
      redis.call('PEXPIRE', historyBytesKey, historyTtl)
    end
  end
end

if base ~= last then
  redis.call('SET', counterKey, string.format('%.0f', base + count))
  -- Or recognize.lua, where it comes later, would take the new counter for a predecessor's and delete it with ids in flight.
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
  if run then
    redis.call('SET', serverKey, run)
  end
end
if renews or stored == 0 or number ~= stored + 1 then
  redis.call('SET', publisherKey, string.format('%.0f', number), 'PX', publisherTtl)
else
  redis.call('INCR', publisherKey) -- keeps its expiry
end
redis.call(publish, channel, bytes)
if isApart then
  redis.call(publish, channel, frame)
end
return {1, base + 1}
