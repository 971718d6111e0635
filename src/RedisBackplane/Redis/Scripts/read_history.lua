-- Reads the frames after an id, oldest first, as many as fit a page.
--
-- Returns {counter as text, id of the last entry as text, frame, frame, …}; the counter is '' when there is none, the id when there is no
-- frame. A frame that was stored apart from its ids follows them.

local counterKey = KEYS[1]           -- the last id given in this stream
local historyKey = KEYS[2]           -- the newer part: a Redis Stream of frames, or a sorted set of them (see publish.lua)
local olderHistoryKey = KEYS[3]      -- its older part
local otherCounterKey = KEYS[4]      -- another counter that gives ids of this stream, if there is one: the higher of both counts
local after = tonumber(ARGV[1])      -- the last id the reader has seen
local entries = tonumber(ARGV[2])    -- the most frames in the answer
local bytes = tonumber(ARGV[3])      -- when the answer holds as many, it ends; 0 reads no frames at all
local isSorted = ARGV[4] == '1'      -- the history is made of sorted sets

local counter = redis.call('GET', counterKey) or ''
local other = otherCounterKey and redis.call('GET', otherCounterKey)
if other and (tonumber(other) or math.huge) > (tonumber(counter) or 0) then
  counter = other
end
local page = {counter, ''}
-- Entries are asked for a few at a time, so that one call does not take a hundred large frames to give back one.
local step = 8
-- No id of ours is higher; an entry of somebody else's may be.
local highest = '9007199254740000'

local function take(frame)
  page[#page + 1] = frame
  bytes = bytes - #frame
end

-- Puts the next entries of a part into the page. Returns how many there were, and the id of the last one.
local function takeFromStream(key, from, limit)
  local found = redis.call('XRANGE', key, from, highest, 'COUNT', limit)
  for _, entry in ipairs(found) do
    for value = 2, #entry[2], 2 do
      take(entry[2][value])
    end
  end
  return #found, #found > 0 and string.match(found[#found][1], '^%d+')
end
local function takeFromSortedSet(key, from, limit)
  local found = redis.call('ZRANGEBYSCORE', key, from, highest, 'WITHSCORES', 'LIMIT', 0, limit)
  for member = 1, #found, 2 do
    take(found[member])
  end
  -- A server may write a large score with an exponent.
  return #found / 2, #found > 0 and string.format('%.0f', tonumber(found[#found]))
end
local takeEntries = isSorted and takeFromSortedSet or takeFromStream

for _, key in ipairs({olderHistoryKey, historyKey}) do
  local from = string.format('%.0f', after + 1)
  while entries > 0 and bytes > 0 do
    local taken, last = takeEntries(key, from, math.min(step, entries))
    entries = entries - taken
    page[2] = last or page[2]
    if taken < step then
      break
    end
    from = string.format('%.0f', last + 1)
  end
end
return page
