package dev.devmesh.launcher.config;

/** What finds contexts by their meaning. */
public enum EmbeddingProvider {
    /** The built-in model, which knows similar spelling only. */
    LOCAL,
    /** A service with an endpoint of OpenAI's form. */
    HTTP,
    /** MiniLM in this process; its jar has to be on the class path. */
    MINILM
}
