// Print what compose-go, the library of `docker compose`, loads from projects.
//
// Each line of standard input is a folder. Each line of output is an object: `project`,
// the loaded model as Compose prints it, or `error`.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

type answer struct {
	Project json.RawMessage `json:"project,omitempty"`
	Error   string          `json:"error,omitempty"`
}

func main() {
	folders := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for folders.Scan() {
		project, err := load(folders.Text())
		result := answer{Project: project}
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := answers.Encode(result); err != nil {
			panic(err)
		}
	}
}

// load does what `docker compose` does in folder, with every profile and without the
// environment of the caller. The order of the options is that of Compose.
func load(folder string) ([]byte, error) {
	if err := os.Chdir(folder); err != nil {
		return nil, err
	}
	options, err := cli.NewProjectOptions(
		nil,
		cli.WithWorkingDirectory(""),
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithConfigFileEnv,
		cli.WithDefaultConfigPath,
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithDefaultProfiles("*"),
		cli.WithName("shop"),
	)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project.MarshalJSON()
}
