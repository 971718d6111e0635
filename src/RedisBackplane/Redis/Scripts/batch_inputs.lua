-- The first inputs of a script that stores a batch. This part is included before the others.

local counterKey = KEYS[1]           -- the last id assigned in this stream
local publisherKey = KEYS[2]         -- number of the last batch stored for this publisher; expires
local logKey = KEYS[3]               -- the state of the history. Its segments are <logKey>:<number>. Only the state says
                                     -- which number it is, so they cannot be declared. They are in the same slot
                                     -- (docs/decisions/0008)
local serverKey = KEYS[4]            -- the epoch in which the ids are assigned, for recognize.lua
local isUnproven = ARGV[1] == '1'    -- this Redis has yet to prove that it is the one of the epoch
local epoch = ARGV[2]                -- what recognize.lua answered; empty if Redis does not report its identity
local channel = ARGV[3]              -- where the batch is published
local floor = tonumber(ARGV[4])      -- the highest id that the publisher has seen; ids never fall below it
local number = tonumber(ARGV[5])     -- the publisher's number of the batch; 0 if the call is about no certain one
local oldest = tonumber(ARGV[6])     -- the lowest number that is neither stored nor given up
local claim = tonumber(ARGV[7])      -- the highest number that Redis has confirmed and the publisher can send again;
                                     -- 0 for none
local publisherTtl = ARGV[8]         -- milliseconds that the publisher's record lives
local segmentBytes = tonumber(ARGV[9]) -- of one segment of the history; 0 for no history
local segments = tonumber(ARGV[10])  -- the largest number of segments
local historyTtl = tonumber(ARGV[11]) -- milliseconds that a batch is kept at least, and about twice as long at most
local highestSegment = tonumber(ARGV[12]) -- the highest number of a segment that this server has seen
