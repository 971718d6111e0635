-- publish.lua without its rare cases. It publishes a batch in one part for all servers, or in parts for those that want
-- them.
--
-- KEYS[1]  counter        the last id given
-- KEYS[2]  publisher      number of the publisher's last batch
-- KEYS[3]  history        Redis Stream of batches; the newer part
-- KEYS[4]  history:older  its older part
-- KEYS[5]  history:bytes  bytes in the newer part
-- KEYS[6]  channels       hash: the last id given in each channel
-- ARGV[1]  count          messages in the batch
-- ARGV[2]  history bytes  the history may hold
-- ARGV[3]  counted        1 if every channel has ids of its own: they show a server that receives only some
--                         of the messages that none of these is missing
-- ARGV[4…] parts          for each part: its channel, the number of its messages, its frame, and 1 if the frame
--                         is whole and published separately from its ids

redis.call('GET', KEYS[2])
local last = redis.call('INCRBY', KEYS[1], ARGV[1])
local entry, size = {}, 120
for i = 4, #ARGV, 4 do
  entry[#entry + 1] = ARGV[i]
  entry[#entry + 1] = ARGV[i + 2]
  size = size + #ARGV[i + 2]
end
redis.call('XADD', KEYS[3], string.format('%.0f-0', last), unpack(entry))
if redis.call('INCRBY', KEYS[5], size) > ARGV[2] / 2 then
  redis.call('RENAME', KEYS[3], KEYS[4])
  redis.call('SET', KEYS[5], 0)
end
redis.call('INCR', KEYS[2])
for i = 4, #ARGV, 4 do
  local top = ARGV[3] == '1' and redis.call('HINCRBY', KEYS[6], ARGV[i], ARGV[i + 1]) or last
  local previous = top - ARGV[i + 1]
  local ids = struct.pack('<I4I4I4I4',
    previous % 4294967296, math.floor(previous / 4294967296), (previous + 1) % 4294967296, math.floor((previous + 1) / 4294967296))
  if ARGV[i + 3] == '1' then
    redis.call('PUBLISH', ARGV[i], ids)
    redis.call('PUBLISH', ARGV[i], ARGV[i + 2])
  else
    redis.call('PUBLISH', ARGV[i], ids .. ARGV[i + 2])
  end
end
return last
