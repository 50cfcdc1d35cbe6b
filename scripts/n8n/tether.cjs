// Preloaded into every server started from here: it ends when the script that started it is gone,
// also after a SIGKILL, which leaves that script no chance to tidy up.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
