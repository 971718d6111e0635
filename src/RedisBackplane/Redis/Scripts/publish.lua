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

--@include batch_inputs.lua
local magic = ARGV[13]               -- the first bytes of every frame
local count = tonumber(ARGV[14])     -- messages in the batch; 0 stores nothing and only compares the record
local frame = ARGV[15]               -- the frame without what this script writes before it; all of it if it is apart
local isApart = ARGV[16] == '1'      -- the frame is whole, with ids of 0, and is published after its ids instead of
                                     -- joined to them. Lua reads every byte of every string that it makes, which takes
                                     -- longer than all the rest for a large frame
local renews = ARGV[17] == '1'       -- expiring keys live as long as the inputs say from now on; otherwise only new ones
                                     -- do. A publisher requests it now and then, and not with every batch
local publish = ARGV[18]             -- PUBLISH, or SPUBLISH if the farm's channel is a sharded one

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
