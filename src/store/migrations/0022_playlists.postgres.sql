-- Playlists of queues (docs/music.md): music in order, prompts announced between, and whether all hear the same place of it.
ALTER TABLE "queue" ADD COLUMN playlist TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "queue" ADD COLUMN announcements TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "queue" ADD COLUMN is_music_shared BIGINT DEFAULT 1;
