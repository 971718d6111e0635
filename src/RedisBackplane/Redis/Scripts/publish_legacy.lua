-- publish.lua for a farm with servers of the older package, Microsoft.AspNet.SignalR.StackExchangeRedis: the messages of a batch
-- go out one by one in its format, each with an id of its own from its counter. Servers of this library find in the history what
-- they find on the channel.
--
-- Returns what publish.lua returns. Errors leave everything as it was.

local legacyCounterKey = KEYS[1]     -- the last id given; servers of the older package count here alone
local counterKey = KEYS[2]           -- the same for servers that write this library's format; the higher of both counts
local publisherKey = KEYS[3]         -- number of the last batch stored for this publisher; expires
local historyKey = KEYS[4]           -- Redis Stream of payloads, entry id <id>-0; the newer part
local olderHistoryKey = KEYS[5]      -- its older part, dropped when the newer part is full
local historyBytesKey = KEYS[6]      -- bytes in the newer part; its expiry says the age of that part
local channel = ARGV[1]              -- the payloads are published there
local floor = tonumber(ARGV[2])      -- the highest id the publisher has seen; ids never go below
local number = tonumber(ARGV[3])     -- the publisher's number of the batch
local oldest = tonumber(ARGV[4])     -- the lowest number the publisher has not settled; what is below was stored or given up
local settled = tonumber(ARGV[5])    -- the highest number that Redis has confirmed and the publisher could still send again; 0 for none
local publisherTtl = ARGV[6]         -- milliseconds the publisher's record lives
local historyLimit = tonumber(ARGV[7]) -- bytes the history may hold; 0 for none
local historyTtl = ARGV[8]           -- milliseconds a message stays in each part of the history at most, and the history outlives its last
                                     -- batch
local leading = 8                    -- the payloads follow, each without the id and the space before and the previous id behind; with none
                                     -- nothing is stored, and only the record is compared
local count = #ARGV - leading
local function payload(i) return ARGV[leading + i] end

--@include batch_turn.lua

local last
for _, key in ipairs({legacyCounterKey, counterKey}) do
  local counter = redis.call('GET', key)
  if counter then
    local id = tonumber(counter)
    if not id or id < 0 or id > 9007199254740000 then
      return redis.error_reply('ERR the counter ' .. key .. ' of the backplane is not an id')
    end
    last = math.max(last or 0, id)
  end
end

-- As in publish.lua, but for milliseconds instead of microseconds: from 10^14 on, a server of the older package would write its own ids
-- as 1e+14.
local previous = math.max(last or 0, floor)
local base = last
if not last or last < floor then
  local time = redis.call('TIME')
  base = math.max(previous + 1048576, time[1] * 1000 + math.floor(time[2] / 1000))
end

if historyLimit > 0 then
  -- What the history holds was given, whatever the counters say.
  local newest = redis.call('XREVRANGE', historyKey, '+', '-', 'COUNT', 1)[1]
  local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
  if top > base then
    if top > 9007199254740000 then
      return redis.error_reply('ERR the history ' .. historyKey .. ' of the backplane holds what is not an id')
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
  payloads[i] = id .. ' ' .. payload(i) .. u64(i == 1 and previous or base + i - 1)
  if historyLimit > 0 then
    -- Ids rise above the newest, so that this fails for the first or for none.
    redis.call('XADD', historyKey, id .. '-0', 'f', payloads[i])
    size = size + #payloads[i] + 120 -- what an entry costs Redis besides its payload
  end
end
if historyLimit > 0 then
  -- As in publish.lua.
  local held = redis.pcall('INCRBY', historyBytesKey, size)
  if type(held) ~= 'number' then
    held = size
    redis.call('SET', historyBytesKey, size)
  end
  if held > historyLimit / 2 or held == size and redis.call('XLEN', historyKey) > count then
    redis.call('RENAME', historyKey, olderHistoryKey)
    redis.call('PEXPIRE', olderHistoryKey, historyTtl)
    redis.call('SET', historyBytesKey, 0, 'PX', historyTtl)
  else
    redis.call('PEXPIRE', historyKey, historyTtl)
    if held == size then
      redis.call('PEXPIRE', historyBytesKey, historyTtl)
    end
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
