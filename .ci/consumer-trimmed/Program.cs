Console.WriteLine(Golden.Run(Golden.SinceProcessStart, Golden.FolderSize()));
