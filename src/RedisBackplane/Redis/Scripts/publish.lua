-- Stores one batch: gives its messages their ids, keeps it in the history and publishes it, all or nothing.
-- A batch that is stored already is recognised, so that a publisher may send it again after a broken connection.
--
-- Returns {1, first id} when stored, {2, 0} when it was stored before, {0, number} when it does not follow the last stored number,
-- {3, number} when Redis has lost its memory (restart, flush, failover to a replica that lagged) and knows only batches up to that number,
-- {4, 0} when this is another Redis than the one that the publisher's server has recognised.
-- Errors leave everything as it was.
--
-- It runs for every batch, on the one thread of Redis: each redis.call costs as much as what it calls. So one command both reads and
-- writes where that can be.

local counterKey = KEYS[1]           -- the last id given in this stream
local publisherKey = KEYS[2]         -- number of the last batch stored for this publisher; expires
local logKey = KEYS[3]               -- the state of the history. Its segments are <logKey>:<number>. Only the state says which one
                                     -- it is, so that they cannot be declared; they lie in the same slot (docs/decisions/0008)
local serverKey = KEYS[4]            -- the epoch in which the ids are given, for recognize.lua
local isUnproven = ARGV[1] == '1'    -- this Redis has yet to prove that it is the one of the epoch
local epoch = ARGV[2]                -- what recognize.lua answered; empty where Redis does not say who it is
local channel = ARGV[3]              -- the frame is published there
local magic = ARGV[4]                -- the first bytes of every frame
local floor = tonumber(ARGV[5])      -- the highest id the publisher has seen; ids never go below
local count = tonumber(ARGV[6])      -- messages in the batch; with 0 nothing is stored, and only the record is compared
local number = tonumber(ARGV[7])     -- the publisher's number of the batch
local oldest = tonumber(ARGV[8])     -- the lowest number the publisher has not settled; what is below was stored or given up
local settled = tonumber(ARGV[9])    -- the highest number that Redis has confirmed and the publisher could still send again; 0 for none
local publisherTtl = ARGV[10]        -- milliseconds the publisher's record lives
local segmentBytes = tonumber(ARGV[11]) -- of one segment of the history; 0 for no history
local segments = tonumber(ARGV[12])  -- how many there may be
local historyTtl = tonumber(ARGV[13]) -- milliseconds a batch is kept at least, and about twice as long at most
local highestSegment = tonumber(ARGV[14]) -- the highest number of a segment that this server has seen
local frame = ARGV[15]               -- the frame behind what this script writes, or all of it when it is apart
local isApart = ARGV[16] == '1'      -- the frame is whole, its ids 0, and is published behind its ids instead of joined to them: Lua reads
                                     -- every byte of every string that it makes, which for a large frame takes longer than all the rest
local renews = ARGV[17] == '1'       -- what expires is to live as long as said from now on; else that holds only for what is new. A
                                     -- publisher asks for it now and then, and not with every batch
local publish = ARGV[18]             -- PUBLISH, or SPUBLISH when the farm's channel is a sharded one

--@include fence.lua
--@include append_history.lua
--@include batch_turn.lua

-- Whether somebody else's value is where the counter belongs. If not, Redis has another reason to refuse.
local function isDamaged()
  local value = redis.pcall('GET', counterKey)
  if type(value) ~= 'string' then
    return isWrongType(value)
  end
  local id = tonumber(value)
  return not id or id < 0 or id > HIGHEST_ID or string.format('%.0f', id) ~= value
end

-- The first write. A failure after it must take it back. A damaged counter counts as a lost one: ids continue above all
-- that are known.
local last = redis.pcall('INCRBY', counterKey, count)
if type(last) ~= 'number' and not isDamaged() then
  return redis.error_reply(last.err .. ' (incrby)')
elseif type(last) ~= 'number' or last < count or last - count > HIGHEST_ID then
  redis.call('DEL', counterKey)
  last = count
end
last = last - count

local function takeBack(failure)
  giveBack(count)
  if last == 0 then
    redis.call('DEL', counterKey)
  else
    redis.call('SET', counterKey, string.format('%.0f', last))
  end
  return failure
end

-- The last id that the stream may have held before this batch, and the id before its first one. The two differ if the
-- counter is new or rolled back. Ids then continue at the clock in microseconds, which is below 2^53 and above every id
-- given before. If the clock is behind, they leap: other publishers may have seen ids above this one's floor, though
-- not a million. The leap also depends on the clock, because a second loss of memory often finds the same floor, and
-- must not lead to the same ids.
local previous, base, ended = last, last, 0
if last == 0 or last < floor then
  local time, failure = try('TIME')
  if failure then
    return takeBack(failure)
  end
  if last == 0 then
    -- Where the ids of the epoch before ended: a publisher may not have seen the last of them.
    ended = tonumber(string.match(epoch, '^%w+:(%d+):') or 0)
  end
  local now = time[1] * 1000000 + time[2]
  previous = math.max(last, floor, ended)
  base = now > previous and now or previous + 1048576 + now % 4294967296
end

size = isApart and #frame or #frame + 32
local isKept = size <= segmentBytes * segments
if isKept then
  local failure = reserve(count, renews)
  if failure then
    return takeBack(failure)
  end
  if logEnd > base then
    -- The counter was lost or set back and the history was not: goes on above what the history holds.
    previous, base = math.max(previous, logEnd), logEnd
  elseif last == 0 and logEnd > 0 then
    -- Another Redis took over, with the history. What others saw behind its end goes again from those who sent it, and is not lost.
    previous = math.max(logEnd, ended)
  end
end

local first, place = base + 1, isKept and segment * SPAN + offset or 0
-- In halves: Garnet packs an I8 wrongly.
local head = magic .. struct.pack('<I4I4I4I4I4I4I4',
  previous % 4294967296, math.floor(previous / 4294967296), first % 4294967296, math.floor(first / 4294967296),
  place % 4294967296, math.floor(place / 4294967296), size)
local payload = isApart and frame or head .. frame
if isKept then
  local failure = store(count, base + count, renews, payload, isApart and head)
  if failure then
    return takeBack(failure)
  end
end

if base ~= last then
  local failure
  _, failure = try('SET', counterKey, string.format('%.0f', base + count))
  if failure then
    return takeBack(failure)
  end
  -- Or recognize.lua, where it comes later, would take the new counter for a predecessor's and delete it with ids in flight.
  if epoch ~= '' then
    redis.call('SET', serverKey, epoch, 'NX')
  end
end
local failure
if renews or stored == 0 or number ~= stored + 1 then
  _, failure = try('SET', publisherKey, string.format('%.0f', number), 'PX', publisherTtl)
else
  _, failure = try('INCR', publisherKey) -- keeps its expiry
end
if failure then
  return takeBack(failure)
end
if isApart then
  -- Behind the ids, whose they are: publisher and number of the batch.
  redis.call(publish, channel, head .. string.sub(frame, 33, 56))
end
redis.call(publish, channel, payload)
return {1, base + 1}
