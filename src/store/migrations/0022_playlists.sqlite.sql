-- Playlists of queues (docs/music.md): music in order, prompts announced between, and whether all hear the same place of it.
ALTER TABLE "queue" ADD COLUMN playlist TEXT DEFAULT '[]';
ALTER TABLE "queue" ADD COLUMN announcements TEXT DEFAULT '[]';
ALTER TABLE "queue" ADD COLUMN is_music_shared INTEGER DEFAULT 1;
