-- publish.lua for a farm with servers of the older package, Microsoft.AspNet.SignalR.StackExchangeRedis: the messages of a batch
-- go out one by one in its format, each with an id of its own from its counter. Servers of this library find in the history what
-- they find on the channel.
--
-- Returns what publish.lua returns. Errors leave everything as it was.

local legacyCounterKey = KEYS[1]     -- the last id given; servers of the older package count here alone
local counterKey = KEYS[2]           -- the same for servers that write this library's format; the higher of both counts
local publisherKey = KEYS[3]         -- number of the last batch stored for this publisher; expires
local logKey = KEYS[4]               -- the state of the history, as in publish.lua
local serverKey = KEYS[5]            -- the epoch, as in publish.lua
local isUnproven = ARGV[1] == '1'    -- as in publish.lua
local epoch = ARGV[2]                -- likewise
local channel = ARGV[3]              -- the payloads are published there
local floor = tonumber(ARGV[4])      -- the highest id the publisher has seen; ids never go below
local number = tonumber(ARGV[5])     -- the publisher's number of the batch
local oldest = tonumber(ARGV[6])     -- the lowest number the publisher has not settled; what is below was stored or given up
local settled = tonumber(ARGV[7])    -- the highest number that Redis has confirmed and the publisher could still send again; 0 for none
local publisherTtl = ARGV[8]         -- milliseconds the publisher's record lives
local segmentBytes = tonumber(ARGV[9]) -- of one segment of the history; 0 for no history
local segments = tonumber(ARGV[10])  -- how many there may be
local historyTtl = tonumber(ARGV[11]) -- milliseconds a message is kept at least, and about twice as long at most
local highestSegment = tonumber(ARGV[12]) -- the highest number of a segment that this server has seen
local recordMagic = ARGV[13]         -- the first bytes of a record that holds a payload
local leading = 13                   -- the payloads follow, each without the id and the space before and the previous id behind; with none
                                     -- nothing is stored, and only the record is compared
local count = #ARGV - leading
local function payload(i) return ARGV[leading + i] end

--@include fence.lua
--@include append_history.lua
--@include batch_turn.lua

local last
for _, key in ipairs({legacyCounterKey, counterKey}) do
  local counter = redis.pcall('GET', key)
  if type(counter) == 'table' and not isWrongType(counter) then
    return counter
  end
  -- A damaged counter is a lost one: ids go on above all that are known.
  local id = type(counter) == 'string' and tonumber(counter)
  if id and id >= 0 and id <= HIGHEST_ID then
    last = math.max(last or 0, id)
  end
end

-- As in publish.lua, but for milliseconds instead of microseconds: from 10^14 on, a server of the older package would write its own ids
-- as 1e+14. A busy farm gives more than one id in a millisecond. Its ids may be ahead of a clock that is right, so that
-- there is always a leap.
local previous = math.max(last or 0, floor)
local base = last
if not last or last < floor then
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  base = math.max(previous + 1048576, math.floor(now / 1000)) + now % 1073741824
end

local state = segmentBytes > 0 and redis.pcall('GET', logKey)
if type(state) == 'string' and #state == 16 then
  -- What the history holds was given, whatever the counters say.
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

-- Keeps payloads one after the other in one segment, as far as they fit.
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
  return store(to - from + 1, base + to, true, table.concat(records))
end

local from = 1
size = 0
for i = 1, segmentBytes > 0 and count or 0 do
  size = size + 32 + #payloads[i]
  if i == count or size + 32 + #payloads[i + 1] > segmentBytes then
    local failure = size <= segmentBytes * segments and keep(from, i)
    if failure then
      if type(state) == 'string' then
        redis.call('SET', logKey, state, 'PX', 2 * historyTtl)
      else
        redis.call('DEL', logKey)
      end
      return failure
    end
    from, size = i + 1, 0
  end
end

local top = string.format('%.0f', base + count)
redis.call('SET', legacyCounterKey, top)
redis.call('SET', counterKey, top)
redis.call('SET', publisherKey, string.format('%.0f', number), 'PX', publisherTtl)
for i = 1, count do
  redis.call('PUBLISH', channel, payloads[i])
end
return {1, base + 1}
