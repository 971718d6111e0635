-- Reads the frames after an id, oldest first, as many as fit a page.
--
-- KEYS[1]  counter         the last id given in this stream
-- KEYS[2]  history         Redis Stream of frames; the newer part
-- KEYS[3]  history:older   its older part
-- KEYS[4]  legacy counter  that of the older package, where its format is written: the higher of both counts
-- ARGV[1]  after           the last id the reader has seen
-- ARGV[2]  entries         the most frames in the answer
-- ARGV[3]  bytes           when the answer holds as many, it ends; 0 reads no frames at all
--
-- Returns {counter as text, id of the last entry as text, frame, frame, …}; the counter is '' where there is none, the id where there is
-- no frame. A frame that was stored apart from its ids follows them.

local counter = redis.call('GET', KEYS[1]) or ''
local legacy = KEYS[4] and redis.call('GET', KEYS[4])
if legacy and (tonumber(legacy) or math.huge) > (tonumber(counter) or 0) then
  counter = legacy
end
local page = {counter, ''}
local room, bytes = tonumber(ARGV[2]), tonumber(ARGV[3])
-- Entries are asked for a few at a time, so that one call does not take a hundred large frames to give back one.
local step = 8
-- No id of ours is higher; an entry of somebody else's may be.
local highest = '9007199254740000'
for key = 3, 2, -1 do
  local from = string.format('%.0f', ARGV[1] + 1)
  while room > 0 and bytes > 0 do
    local entries = redis.call('XRANGE', KEYS[key], from, highest, 'COUNT', math.min(step, room))
    for _, entry in ipairs(entries) do
      local fields = entry[2]
      for value = 2, #fields, 2 do
        page[#page + 1] = fields[value]
        bytes = bytes - #fields[value]
      end
      room = room - 1
    end
    if #entries > 0 then
      page[2] = string.match(entries[#entries][1], '^%d+')
    end
    if #entries < step then
      break
    end
    from = string.format('%.0f', page[2] + 1)
  end
end
return page
