import TenantCommands

await Program.runAndExit()
