-- The counterpart of publish.lua for a farm with servers of the older package,
-- Microsoft.AspNet.SignalR.StackExchangeRedis. The messages of a batch are published one by one in its format. Each has
-- an id of its own from the counter of that package. Servers of this library find the same payloads in the history as
-- on the channel.
--
-- Returns what publish.lua returns. After an error, everything is as it was; but if Redis refuses PUBLISH, the batch is
-- stored.

--@include batch_inputs.lua
local legacyCounterKey = KEYS[5]     -- the last id assigned; servers of the older package count only here. The higher
                                     -- of both counters is valid
local recordMagic = ARGV[13]         -- the first bytes of a record that holds a payload
local leading = 13                   -- the payloads follow, each without the id and the space before it and the previous
                                     -- id after it. Without payloads, no batch is stored: the record is compared and,
                                     -- if the call is about a batch that is stored, written again
local count = #ARGV - leading
local function payload(i) return ARGV[leading + i] end

--@include fence.lua
--@include append_history.lua
--@include batch_turn.lua
--@include legacy_ids.lua

if refusal then
  return refusal
end
local previous = math.max(last or 0, floor)
local base = last and last >= floor and last or leap()

local state = segmentBytes > 0 and redis.pcall('GET', logKey)
if type(state) == 'string' and #state == 16 then
  -- Ids in the history were assigned, whatever the counters say.
  local high, low = struct.unpack('>I4I4', state)
  local top = high * 4294967296 + low
  if top > base and top <= HIGHEST_ID then
    previous, base = math.max(previous, top), top
  end
end

local function u64(id)
  return struct.pack('<I4I4', id % 4294967296, math.floor(id / 4294967296))
end
local function before(i)
  return i == 1 and previous or base + i - 1
end

local payloads = {}
for i = 1, count do
  payloads[i] = string.format('%.0f ', base + i) .. payload(i) .. u64(before(i))
end

local kept = {} -- for each part of the batch that was written: its key, where it begins, and its first and last payload

-- Keeps payloads one after another in one segment, as many as fit.
local function keep(from, to)
  local failure = reserve(to - from + 1, true)
  if failure then
    return failure
  end
  local records, place = {}, segment * SPAN + offset
  for i = from, to do
    local length = 32 + #payloads[i]
    records[#records + 1] = recordMagic .. u64(before(i)) .. u64(base + i) .. u64(place) .. struct.pack('<I4', length) .. payloads[i]
    place = place + length
  end
  failure = store(to - from + 1, base + to, true, table.concat(records))
  if written then
    kept[#kept + 1] = {written, offset, from, to}
  end
  return failure
end

-- Undoes it. The records are made unreadable: their ids will be those of other messages.
local function takeBack()
  for _, part in ipairs(kept) do
    local key, at, first, last = unpack(part)
    for i = first, last do
      -- The segment may be gone already, in a history that is smaller than the batch.
      if redis.pcall('GETRANGE', key, at, at) ~= '' then
        redis.pcall('SETRANGE', key, at, '\0\0\0\0')
      end
      at = at + 32 + #payloads[i]
    end
  end
  if type(state) == 'string' then
    redis.call('SET', logKey, state, 'PX', 2 * historyTtl)
  else
    redis.call('DEL', logKey)
  end
end

local from = 1
size = 0
for i = 1, segmentBytes > 0 and count or 0 do
  size = size + 32 + #payloads[i]
  if i == count or size + 32 + #payloads[i + 1] > segmentBytes then
    local failure = size <= segmentBytes * segments and keep(from, i)
    if failure then
      takeBack()
      return failure
    end
    from, size = i + 1, 0
  end
end

local top = integer(base + count)
redis.call('SET', legacyCounterKey, top)
redis.call('SET', counterKey, top)
redis.call('SET', publisherKey, integer(number), 'PX', publisherTtl)
for i = 1, count do
  redis.call('PUBLISH', channel, payloads[i])
end
return {1, base + 1}
