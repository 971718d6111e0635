-- Stores one batch: assigns ids to its messages, keeps it in the history and publishes it, all or nothing. It
-- recognises a batch that is stored already, so a publisher may send a batch again after a broken connection.
--
-- Returns {1, first id} if the batch was stored now, {2, 0} if it was stored before, {0, number} if it does not follow
-- the last stored number, {3, number} if Redis has lost its memory (restart, flush, failover to a replica that lagged)
-- and has only batches up to that number, {4, 0} if this is another Redis than the one that the publisher's server has
-- recognised. After an error, everything is as it was, but for the oldest part of a full history, which may be gone.
--
-- The script runs for every batch on the one thread of Redis. Each redis.call costs as much as the command itself, so
-- one command both reads and writes if possible.

--@include batch_inputs.lua
local magic = ARGV[13]               -- the first bytes of every frame
local count = tonumber(ARGV[14])     -- messages in the batch; 0 stores no batch: it compares the record and,
                                     -- if it is about a batch that is stored, writes the record again
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

-- Whether the counter's key has a foreign value. If not, Redis has another reason to refuse. Only the refusal shows
-- that the value has another type: in a script on Garnet, GET then returns nothing.
local function isDamaged(refusal)
  if isWrongType(refusal) then
    return true
  end
  local value = redis.pcall('GET', counterKey)
  return type(value) == 'string' and not numberIn(value)
end

-- The first write. A failure after it must take it back. A damaged counter counts as a lost one: ids continue above all
-- that are known.
local last = redis.pcall('INCRBY', counterKey, count)
if type(last) ~= 'number' and not isDamaged(last) then
  return redis.error_reply(last.err .. ' (incrby)')
elseif type(last) ~= 'number' or last < count or last - count > HIGHEST_ID then
  redis.call('DEL', counterKey)
  last = count
end
last = last - count

local isRecorded = false
local function takeBack(failure)
  giveBack()
  if isRecorded and stored == 0 then
    redis.call('DEL', publisherKey)
  elseif isRecorded then
    redis.call('SET', publisherKey, integer(stored), 'PX', publisherTtl)
  end
  if last == 0 then
    redis.call('DEL', counterKey)
  else
    redis.call('SET', counterKey, integer(last))
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
    -- The id at which the previous epoch ended. A publisher may not have seen the last ids of that epoch.
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
    -- The counter was lost or set back, and the history was not: continue above the ids in the history.
    previous, base = math.max(previous, logEnd), logEnd
  elseif last == 0 and logEnd > 0 then
    -- Another Redis took over, with the history. Messages that others received and this history lacks are sent again by
    -- their publishers, and are not lost.
    previous = math.max(logEnd, ended)
  end
end

local first, place = base + 1, isKept and segment * SPAN + offset or 0
-- In halves, because Garnet packs an I8 wrongly.
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
  _, failure = try('SET', counterKey, integer(base + count))
  if failure then
    return takeBack(failure)
  end
  -- Otherwise recognize.lua, if it runs later, would take the new counter for a predecessor's, and delete it while ids
  -- are in use.
  if epoch ~= '' then
    redis.call('SET', serverKey, epoch, 'NX')
  end
end
local failure
if renews or stored == 0 or number ~= stored + 1 then
  _, failure = try('SET', publisherKey, integer(number), 'PX', publisherTtl)
else
  _, failure = try('INCR', publisherKey) -- keeps its expiry
end
if failure then
  return takeBack(failure)
end
isRecorded = true
if isApart then
  -- Written after the ids that belong to it: the publisher and the number of the batch.
  _, failure = try(publish, channel, head .. string.sub(frame, 33, 56))
  if failure then
    return takeBack(failure)
  end
end
_, failure = try(publish, channel, payload)
if failure then
  return takeBack(failure)
end
return {1, base + 1}
