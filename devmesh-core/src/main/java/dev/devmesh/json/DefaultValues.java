package dev.devmesh.json;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.InjectableValues;

/** Fills in what {@link Default} gives for absent members: for Jackson, a value injected where the input has none. */
final class DefaultValues extends InjectableValues {

    /**
     * The identity of an injected value. Jackson wants one for each component of a record, so it names the component.
     *
     * @param json the value as JSON text; empty text stands for an empty {@code Optional}
     */
    record Id(String component, String json) {}

    @Override
    public @Nullable Object findInjectableValue(
            DeserializationContext context,
            Object id,
            BeanProperty property,
            @Nullable Object owner,
            @Nullable Boolean optional,
            @Nullable Boolean useInput) {
        if (!(id instanceof Id value)) {
            throw new IllegalStateException(
                    "only @Default is injected, not " + property.getFullName() + "; remove its @JacksonInject");
        }
        if (value.json().isEmpty()) {
            return Optional.empty();
        }
        return context.readTreeAsValue(WholeNumbers.asIntegers(Json.parse(value.json())), property.getType());
    }

    @Override
    public InjectableValues snapshot() {
        return this;
    }
}
